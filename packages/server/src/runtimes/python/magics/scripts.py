"""%run: a file, run as a program or as if it were typed here. %load: a file's text."""

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
        path = path if os.path.exists(path) or path.endswith((".py", ".ipy")) else f"{path}.py"
    source = _read(path)
    code = _compiled(call, source, path)
    main = types.ModuleType("__main__" if "n" not in options else os.path.splitext(os.path.basename(path))[0])
    main.__file__ = path
    main.__builtins__ = builtins
    if "i" in options:
        main.__dict__.update((name, value) for name, value in call.names.items() if not name.startswith("__"))
    start = time.perf_counter()
    try:
        _run(code, main, [path, *arguments], "d" in options)
    except SystemExit as end:
        if end.code not in (None, 0) and "e" not in options:
            raise UsageError(f"{path} ended with sys.exit({end.code!r})") from None
    finally:
        call.names.update((name, value) for name, value in main.__dict__.items() if not name.startswith("__"))
        if "t" in options:
            print(f"\nWall time: {span(time.perf_counter() - start)}")


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
    if not path.endswith(".ipy"):
        return compile(source, path, "exec", dont_inherit=True)
    linecache.cache[path] = (len(source), None, source.splitlines(True), path)
    tree = dialect.parse(source, dialect.Place(path), 0, table, call.cells.knows)
    return compile(tree, path, "exec", dont_inherit=True)


def _run(code, main, argv, debugs):
    """As a program of its own: its arguments, its folder first on the path, its module as __main__."""
    before = sys.argv, sys.path[:], sys.modules.get("__main__")
    sys.argv = argv
    sys.path.insert(0, os.path.dirname(os.path.abspath(argv[0])))
    if main.__name__ == "__main__":
        sys.modules["__main__"] = main
    try:
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
