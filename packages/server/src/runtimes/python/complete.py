"""Completion of what is being typed, and whether it is finished. No code of the values runs for it."""

import builtins
import codeop
import keyword
import os
import re
import types
import warnings

from . import dialect, interrupts, libraries, modules, pasted, static
from .magics import table
from .reader import read
from .saferepr import parameters
from .static import MISSING, Kinds, __builtins__
from .typed import Place, subject

MAX_MATCHES = 500
MAX_ENTRIES = 2000
_IMPORT = re.compile(r"^\s*import\s+(?:[\w.]+(?:\s+as\s+\w+)?\s*,\s*)*([\w.]*)$")
_FROM = re.compile(r"^\s*from\s+([\w.]*)$")
_FROM_IMPORT = re.compile(r"^\s*from\s+([\w.]+)\s+import\s+\(?\s*(?:\w+(?:\s+as\s+\w+)?\s*,\s*)*(\w*)$")
_INDEX = re.compile(r"\[(\d*)$")
_KEYS = Kinds(str, int)


def complete(code, cursor, names):
    """The matches and which part of the text they replace. Places count UTF-16 units, as JavaScript does."""
    before = code.encode("utf-16-le", "surrogatepass")[: 2 * cursor].decode("utf-16-le", "replace")
    with static.quiet(), interrupts.allowed():
        typed, matches = _matches(before, static.named(names))
    start = cursor - len(typed.encode("utf-16-le", "surrogatepass")) // 2
    fitting = {match for match in matches if match.startswith(typed) and len(match) <= static.MAX_NAME}
    wanted = sorted(map(static.clean, fitting), key=_order)[:MAX_MATCHES]
    return {"matches": wanted, "start": start, "end": cursor}


def _order(name):
    """What people mean comes first: what a call takes, then public names before private ones, dunders last."""
    return (not name.endswith("="), name.startswith("_") + name.startswith("__"), name)


def _matches(text, names):
    line = text.rpartition("\n")[2]
    if (magic := table.complete(line)) is not None:
        return magic
    place = Place(text)
    if place.quote is not None:
        return _in_text(place, names)
    if found := _FROM_IMPORT.match(line):
        return found[2], modules.members(found[1])
    if found := _IMPORT.match(line) or _FROM.match(line):
        package, _, typed = found[1].rpartition(".")
        return typed, modules.below(package) if package else modules.names()
    if found := _INDEX.search(text):
        return found[1], map(repr, _keys(subject(text[: found.start()]), names))
    typed = re.search(r"(?<!\w)\w*$", text)[0]
    rest = text[: len(text) - len(typed)]
    if rest.endswith("."):
        return typed, _attributes(subject(rest[:-1]), typed, names)
    given = _named_arguments(place, typed, names)
    if not typed:
        return typed, {*names, *given}
    known = static.named(builtins.__dict__)
    return typed, {*names, *known, *keyword.kwlist, *keyword.softkwlist, *given}


def _value(expression, names):
    """What the expression is worth, MISSING where finding out would run something."""
    try:
        return read(expression, names)
    except Exception:
        return MISSING


def _attributes(expression, typed, names):
    value = _value(expression, names)
    if value is MISSING:
        return ()
    found = [*static.names(value), *(label for label in libraries.columns(value) if label.isidentifier())]
    return found if typed.startswith("_") else [name for name in found if not name.startswith("_")]


def _in_text(place, names):
    """The keys of a dict whose index this text is; else files."""
    typed = place.text[place.quote :]
    quote = place.text[place.quote - 1]
    opening = place.text[: place.quote].rstrip("\"'")
    opening = opening[: len(opening) - len(place.prefix)].rstrip()
    if opening.endswith("["):
        keys = [key for key in _keys(subject(opening[:-1]), names) if type(key) is str]
        return typed, [key for key in keys if key.isprintable() and quote not in key and "\\" not in key]
    folder, _, name = typed.rpartition("/")
    return name, () if "b" in place.prefix or "f" in place.prefix else _files(folder, "/" in typed, name)


def _files(folder, is_named, typed):
    where = os.path.expanduser(folder) if folder else "/" if is_named else "."
    try:
        with os.scandir(where) as entries:
            found = [entry for entry, _ in zip(entries, range(MAX_ENTRIES))]
            return [f"{entry.name}/" if entry.is_dir() else entry.name for entry in found if _is_shown(entry, typed)]
    except (OSError, ValueError):
        return ()


def _is_shown(entry, typed):
    return typed.startswith(".") or not entry.name.startswith(".")


def _keys(expression, names):
    value = _value(expression, names)
    if static.is_a(value, dict):
        return [key for key in dict.keys(value) if type(key) in _KEYS]
    return libraries.columns(value)


def _named_arguments(place, typed, names):
    """What the function that is being called can be given by name, where an argument begins."""
    call = place.call()
    if call is None:
        return ()
    called, given = call
    if not re.search(r"(?:^|,)\s*$", given[: len(given) - len(typed)]):
        return ()
    value = _value(called, names)
    start = static.on_class(value, "__init__") if static.is_a(value, type) else value
    taken = re.findall(r"(\w+)\s*=(?!=)", given)
    is_bound = static.is_a(value, type) or type(value) is types.MethodType
    return [f"{name}=" for name in parameters(start)[is_bound:] if name not in taken]


def is_complete(code, flags):
    """Whether the code can run as it is, will never run, or waits for more and with which indent."""
    code = pasted.cleaned(code)
    if dialect.CELL_MAGIC.match(code):
        # Its lines are no Python, or are: an empty one says that there are no more.
        over = not code.rpartition("\n")[2].strip() and "\n" in code
        return {"is": "complete"} if over else {"is": "incomplete", "indent": _next_indent(code)}
    translation = dialect.translate(code, table.is_typed_bare, lambda name: False)
    if translation is not None:
        if code.endswith("\\"):
            return {"is": "incomplete", "indent": ""}
        code = translation.text
    compiled = codeop.CommandCompiler()
    compiled.compiler.flags |= flags
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if compiled(code, "<input>", "exec") is None:
                return {"is": "incomplete", "indent": _next_indent(code)}
    except (SyntaxError, OverflowError, ValueError, MemoryError, RecursionError):
        return {"is": "invalid"}
    last = code.rpartition("\n")[2]
    if "\n" in code and last[:1] in (" ", "\t") and last.strip():
        # A block goes on until an empty line says that it does not.
        return {"is": "incomplete", "indent": _next_indent(code)}
    return {"is": "complete"}


def _next_indent(code):
    last = next((line for line in reversed(code.splitlines()) if line.strip()), "")
    indent = last[: len(last) - len(last.lstrip())]
    words = last.split("#")[0].strip()
    if words.endswith(":"):
        return indent + "    "
    if words.split(" ")[0] in ("return", "pass", "break", "continue", "raise"):
        return indent[:-4]
    return indent
