"""%who, %whos, %who_ls, %reset, %reset_selective, %xdel: the names that people defined."""

import re
import sys

from ..errors import UsageError
from ..guards import CONTAINERS
from ..saferepr import preview
from ..static import short_name, type_name
from . import table


def theirs(call):
    """The names as %who tells them: those that begin with _ are not meant to be seen."""
    wanted = set(call.line.split())
    return sorted(
        name
        for name, value in list(call.names.items())
        if type(name) is str and not name.startswith("_") and (not wanted or wanted & _kinds(value))
    )


def _kinds(value):
    return {short_name(type(value)), type_name(type(value))}


@table.line("who_ls")
def who_list(call):
    """The names that were defined, as a list; of certain types only: %who_ls int str."""
    return theirs(call)


@table.line("who")
def who(call):
    """Print the names that were defined; of certain types only: %who int str."""
    names = theirs(call)
    if not names:
        print(_nothing(call))
        return
    for start in range(0, len(names), 8):
        print("\t ".join(names[start : start + 8]), end="\t\n")


def _nothing(call):
    return "No variables match your requested type." if call.line.split() else "Interactive namespace is empty."


@table.line("whos")
def who_with_values(call):
    """Print the names with types and values; of certain types only: %whos int str."""
    names = theirs(call)
    if not names:
        print(_nothing(call))
        return
    rows = [(name, short_name(type(call.names[name])), _about(call.names[name])) for name in names]
    widths = [max(len(heading), *(len(row[at]) for row in rows)) for at, heading in enumerate(("Variable", "Type"))]
    heading = f"{'Variable':<{widths[0]}}   {'Type':<{widths[1]}}   Data/Info"
    print(heading)
    print("-" * (len(heading)))
    for name, kind, about in rows:
        print(f"{name:<{widths[0]}}   {kind:<{widths[1]}}   {about}")


def _about(value):
    if type(value) in CONTAINERS:
        return f"n={len(value)}"
    numpy = sys.modules.get("numpy")
    if numpy is not None and type(value) is getattr(numpy, "ndarray", None):
        shape = "x".join(map(str, value.shape))
        return f"{shape}: {value.size} elems, type `{value.dtype}`, {value.nbytes} bytes"
    return preview(value)


@table.line("reset")
def reset(call):
    """Remove all names that people defined, and what is kept of results. -f without asking, -s keeps the results; in, out: only those."""
    options, rest = call.options("fs")
    parts = rest.split()
    unknown = set(parts) - {"in", "out"}
    if unknown:
        raise UsageError(f"%reset knows in and out, not {min(unknown)}")
    if "f" not in options and not _agrees("Once deleted, variables cannot be recovered. Proceed (y/[n])? "):
        print("Nothing done.")
        return
    history = call.cells.history
    if "in" in parts:
        history.forget_inputs()
    if "out" in parts or (not parts and "s" not in options):
        history.forget_results()
    if not parts:
        for name in [name for name in call.names if type(name) is str and not name.startswith("__")]:
            del call.names[name]


def _agrees(question):
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False


@table.line("reset_selective")
def reset_some(call):
    """Remove the names that match a regular expression; -f without asking."""
    options, rest = call.options("f")
    if not rest:
        raise UsageError("%reset_selective wants a regular expression: %reset_selective -f ^tmp")
    try:
        pattern = re.compile(rest)
    except re.error as error:
        raise UsageError(f"{rest} is no regular expression: {error}") from None
    if "f" not in options and not _agrees("Once deleted, variables cannot be recovered. Proceed (y/[n])? "):
        print("Nothing done.")
        return
    for name in [name for name in call.names if type(name) is str and not name.startswith("__") and pattern.search(name)]:
        del call.names[name]


@table.line("xdel")
def delete(call):
    """Remove a name, and what is kept of its value as a result."""
    _options, name = call.options("n")
    if name not in call.names or name.startswith("__"):
        raise UsageError(f"there is no variable {name}")
    value = call.names.pop(name)
    call.cells.history.forget_value(value)
