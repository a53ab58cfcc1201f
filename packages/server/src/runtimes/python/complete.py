"""Completion of what is being typed, and whether it is finished. No code of the values runs for it."""

import builtins
import codeop
import keyword
import re
import sys
import warnings

from . import dialect, static
from .magics import table
from .reader import read
from .static import __builtins__

MAX_MATCHES = 500
_IMPORT = re.compile(r"^\s*(?:import|from)\s+([\w.]*)$")
_FROM = re.compile(r"^\s*from\s+([\w.]+)\s+import\s+(?:\(?\s*)(?:\w+\s*,\s*)*(\w*)$")
_KEY = re.compile(r"""([\w.]+)\[\s*(["'])([^"']*)$""")
_CLOSING = {")": "(", "]": "[", "}": "{"}


def complete(code, cursor, names):
    """The matches and which part of the text they replace. Places count UTF-16 units, as JavaScript does."""
    before = code.encode("utf-16-le", "surrogatepass")[: 2 * cursor].decode("utf-16-le", "replace")
    line = before.rpartition("\n")[2]
    with static.quiet():
        typed, matches = _matches(line, names)
    start = cursor - len(typed.encode("utf-16-le", "surrogatepass")) // 2
    fitting = {match for match in matches if match.startswith(typed) and len(match) <= static.MAX_NAME}
    wanted = sorted(map(static.clean, fitting), key=_order)[:MAX_MATCHES]
    return {"matches": wanted, "start": start, "end": cursor}


def _order(name):
    """What people mean comes first: private names after public ones, dunders last."""
    return (name.startswith("_") + name.startswith("__"), name)


def _matches(line, names):
    if (magic := table.complete(line)) is not None:
        return magic
    if found := _FROM.match(line):
        module = sys.modules.get(found[1])
        return found[2], static.names(module) if module is not None else _modules_below(found[1])
    if found := _IMPORT.match(line):
        return found[1], {*sys.stdlib_module_names, *sys.modules}
    if found := _KEY.search(line):
        return found[3], _keys(found[1], names)
    head, dot, typed = _subject(line)
    if dot:
        try:
            value = read(head, names)
        except Exception:
            return typed, ()
        found = static.names(value)
        return typed, found if typed.startswith("_") else [name for name in found if not name.startswith("_")]
    return typed, {*names, *builtins.__dict__, *keyword.kwlist, *keyword.softkwlist} if typed else set(names)


def _subject(line):
    """Splits `f(x).a.b` at the last dot: the expression before it, the dot, the name being typed."""
    typed = re.search(r"\w*$", line)[0]
    rest = line[: len(line) - len(typed)]
    if not rest.endswith("."):
        return "", "", typed
    end = len(rest) - 1
    start = end
    depth = []
    while start > 0:
        character = rest[start - 1]
        if character in _CLOSING:
            depth.append(_CLOSING[character])
        elif depth:
            if character == depth[-1]:
                depth.pop()
        elif not (character.isalnum() or character in "_.\"'"):
            break
        start -= 1
    return rest[start:end], ".", typed


def _keys(expression, names):
    try:
        value = read(expression, names)
    except Exception:
        return ()
    return [key for key in dict.keys(value) if type(key) is str] if static.is_a(value, dict) else ()


def _modules_below(name):
    prefix = f"{name}."
    return {module.removeprefix(prefix).partition(".")[0] for module in sys.modules if module.startswith(prefix)}


def is_complete(code, flags):
    """Whether the code can run as it is, will never run, or waits for more and with which indent."""
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
