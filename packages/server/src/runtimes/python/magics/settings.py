"""%precision, %matplotlib, %config, %load_ext, %automagic: how things are from now on."""

import re
import sys

from .. import backend, figures, interactivity, values
from ..errors import UsageError
from . import table, reloading


@table.line("precision")
def precision(call):
    """How floats are written: %precision 3, %precision %.2e; %precision alone is Python's own way."""
    wish = call.line.strip()
    if not wish:
        values.float_format = None
        return "%r"
    if wish.isdecimal():
        wish = f"%.{wish}f"
    try:
        wish % 3.14159
        digits = re.search(r"\.(\d+)", wish)
    except (TypeError, ValueError):
        raise UsageError(f"%precision wants a number of digits or a format such as %.3f, not {wish}") from None
    values.float_format = wish
    numpy = sys.modules.get("numpy")
    if numpy is not None and digits:
        numpy.set_printoptions(precision=int(digits[1]))
    return wish


@table.line("matplotlib", "pylab")
def plots(call):
    """Figures are shown in the session at the end of a cell: %matplotlib inline."""
    wish = call.line.strip().strip("\"'")
    if wish in ("-l", "--list"):
        print("Available matplotlib backends: ['inline', 'agg']")
        return
    if wish == "agg":
        import matplotlib

        matplotlib.use("agg")
        return
    if wish not in ("", "inline"):
        raise UsageError(f"there is no window for {wish}: figures are shown in the session, by %matplotlib inline")
    backend.use_inline()


@table.line("config")
def configure(call):
    """%config InlineBackend.figure_format = 'svg' (or png, retina, jpeg); %config InteractiveShell.ast_node_interactivity = 'all' (or last_expr, last_expr_or_assign, none)."""
    wish = call.line.strip()
    match = re.fullmatch(r"InlineBackend\.figure_formats?\s*=\s*[\[({]?\s*['\"](\w+)['\"].*", wish)
    if told := re.fullmatch(r"InteractiveShell\.ast_node_interactivity\s*=\s*['\"](\w+)['\"]", wish):
        interactivity.choose(told[1])
        return
    if match is None and (other := re.match(r"([A-Z]\w*\.\w+)\s*=", wish)):
        # Notebooks begin with settings of what is not here; they shall run.
        print(f"%config {other[1]} changes nothing here", file=sys.stderr)
        return
    if match is None:
        raise UsageError("%config knows InlineBackend.figure_format = 'svg' and InteractiveShell.ast_node_interactivity = 'all'")
    if match[1] not in figures.FORMATS:
        raise UsageError(f"figures can be {', '.join(figures.FORMATS)}, not {match[1]}")
    figures.format = match[1]


@table.line("load_ext", "reload_ext")
def load_extension(call):
    """Load an extension of IPython: autoreload is here, others are modules with load_ipython_extension."""
    name = call.line.strip()
    if not name:
        raise UsageError("%load_ext wants the name of an extension: %load_ext autoreload")
    if name == "autoreload":
        reloading.load(call)
        return
    module = _imported(name)
    load = getattr(module, "load_ipython_extension", None)
    if load is None:
        raise UsageError(f"the module {name} is no extension: it has no load_ipython_extension")
    load(call.known("get_ipython")())


def _imported(name):
    try:
        __import__(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        raise UsageError(f"there is no extension {name} here; %pip installs one where this Python runs commands") from None
    return sys.modules[name]


@table.line("unload_ext")
def unload_extension(call):
    """Take an extension away again."""
    if call.line.strip() == "autoreload":
        reloading.unload(call)
        return
    unload = getattr(_imported(call.line.strip()), "unload_ipython_extension", None)
    if unload is not None:
        unload(call.known("get_ipython")())


@table.line("automagic")
def automatic(call):
    """Whether magics may be typed without their %: on, off, or the other way."""
    wish = call.line.strip().lower()
    if wish not in ("", "on", "1", "off", "0"):
        raise UsageError(f"%automagic is on or off, not {wish}")
    table.automatic = not table.automatic if not wish else wish in ("on", "1")
    print(f"Automagic is {'ON, % prefix IS NOT' if table.automatic else 'OFF, % prefix IS'} needed for line magics.")
