"""%run: a file or a notebook, run as a program or as if it were typed here. %load: a file's text."""

import builtins
import linecache
import os
import sys
import time
import types

from .. import dialect
from ..errors import SEALED, UsageError
from . import table
from .timing import span


WITH_MAGICS = (".ipy", ".ipynb")


@table.line("run")
async def run_file(call):
    """Run a file with its arguments: %run file.py one two. -i with the names from here, -n not as __main__, -t with its time, -e ignoring sys.exit, -m as a module, -d under the debugger."""
    import shlex

    options, rest = call.options("inted", "m")
    if "m" in options:
        name, arguments = options["m"], shlex.split(rest)
        path = _path_of_module(name)
    else:
        words = shlex.split(rest)
        if not words:
            raise UsageError("%run wants a file: %run work.py")
        path, arguments = os.path.expanduser(words[0]), words[1:]
        path = path if os.path.exists(path) or path.endswith((".py", *WITH_MAGICS)) else f"{path}.py"
    parts = _compiled(call, _read(path), path)
    # What has magics in it works with the names of the session, as they do.
    main = call.cells.main if path.endswith(WITH_MAGICS) else _module(path, "n" not in options)
    if "i" in options:
        main.__dict__.update(_visible(call.names))
    start = time.perf_counter()
    try:
        _run(parts, main, [path, *arguments], "d" in options)
    except SystemExit as end:
        if end.code not in (None, 0) and "e" not in options:
            raise UsageError(f"{path} ended with sys.exit({end.code!r})") from None
    finally:
        call.names.update(_visible(main.__dict__))
        if "t" in options:
            print(f"\nWall time: {span(time.perf_counter() - start)}")


def _module(path, is_main):
    made = types.ModuleType("__main__" if is_main else os.path.splitext(os.path.basename(path))[0])
    made.__file__ = path
    made.__builtins__ = builtins
    return made


def _visible(names):
    return {name: value for name, value in names.items() if type(name) is str and not name.startswith("__")}


def _read(path):
    import tokenize

    try:
        with tokenize.open(path) as file:
            return file.read()
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        hint = "; the sealed Python has files of its own only, %%writefile makes one" if SEALED else ""
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot read {path}: {why}{hint}") from None


def _path_of_module(name):
    import importlib.util

    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
    except ImportError:
        spec = None
    if spec is None or not spec.origin:
        raise UsageError(f"there is no module {name} that could be run")
    return spec.origin


def _compiled(call, source, path):
    """What is run one after the other: a notebook has cells."""
    if path.endswith(".ipynb"):
        return [_with_magics(call, cell, f"{path}[{number}]") for number, cell in enumerate(_cells_of(source, path), 1)]
    if path.endswith(".ipy"):
        return [_with_magics(call, source, path)]
    return [compile(source, path, "exec", dont_inherit=True)]


def _with_magics(call, source, name):
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    tree = dialect.parse(source, dialect.Place(name), 0, table, call.cells.knows)
    return compile(tree, name, "exec", dont_inherit=True)


def _cells_of(notebook, path):
    import json

    try:
        cells = json.loads(notebook)["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{path} is no notebook of version 4 or newer") from None


def _run(parts, main, argv, debugs):
    """As a program of its own: its arguments, its folder first on the path, its module as __main__."""
    before = sys.argv, sys.path[:], sys.modules.get("__main__")
    sys.argv = argv
    sys.path.insert(0, os.path.dirname(os.path.abspath(argv[0])))
    if main.__name__ == "__main__":
        sys.modules["__main__"] = main
    try:
        for code in parts:
            if debugs:
                from .debugging import debugger

                debugger().run(code, main.__dict__)
            else:
                exec(code, main.__dict__)
    finally:
        sys.argv, sys.path[:], sys.modules["__main__"] = before


@table.line("load", "loadpy")
def load(call):
    """Print the text of a file, to be typed or changed."""
    print(_read(os.path.expanduser(call.line.strip())), end="")
