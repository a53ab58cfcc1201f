"""The seven ways to look into this Python. Looking changes nothing: expressions are read, not run (see reader), and
where a value's own code had to run for an answer, the answer says so in ``ran``."""

import linecache
import math
import re
import sys
import traceback
import types

from . import interrupts, static, summaries
from .errors import traceback_of
from .guards import length
from .reader import read
from .registry import capabilities
from .saferepr import Text, error_message, function_name, preview, signature
from .static import Kinds, Refused, __builtins__, clean, plain_text, type_name
from .values import row, visible

MAX_ROWS = 500
MAX_NAMES = 1000
MAX_TEXT = 8000
MAX_DOC = 16_000
MAX_ANSWER = 48 * 1024
MAX_JSON = 32 * 1024
MAX_FRAMES = 50


class Inspector:
    def __init__(self, cells):
        self.cells = cells
        self.ways = {
            "list_globals": self.list_globals,
            "get_type": self.get_type,
            "get_repr": self.get_repr,
            "get_dir": self.get_dir,
            "get_doc": self.get_doc,
            "eval_expr": self.eval_expr,
            "get_last_exception": self.get_last_exception,
        }

    def answer(self, name, argument):
        try:
            # In this order: what is put back at the end is never torn by an interrupt.
            with static.quiet(), interrupts.allowed():
                return self.ways[name](argument or "") if name in self.ways else self.added(name, argument or "")
        except (KeyboardInterrupt, interrupts.TooLong):
            return _failed("looking took too long and was stopped")
        except Refused as refusal:
            return _failed(str(refusal))
        except SyntaxError as error:
            return _failed(f"not an expression: {error.msg}")
        except RecursionError:
            return _failed("it is nested too deeply to look through; run it as a cell")
        except BaseException as error:
            return _failed(f"{type_name(type(error))}: {error_message(error)}")

    def added(self, name, expression):
        """A capability that somebody added. What it runs is its own business, and said."""
        look = capabilities.get(name)
        if look is None:
            there = ", ".join(sorted([*self.ways, *capabilities]))
            return _failed(f"this Python has no capability {name}; it has {there}")
        shown, is_cut = static.cut(str(look(read(expression, self.cells.names))), MAX_DOC)
        return _told(f"{shown}\n(cut)" if is_cut else shown, {"text": shown}) | {"ran": name}

    def list_globals(self, wanted):
        names = self.cells.names
        found = [(name, value) for name, value in list(names.items()) if visible(name) and wanted in name]
        shown = [row(name, value) for name, value in found[:MAX_ROWS]]
        width = max((len(one["name"]) for one in shown), default=0)
        lines = [f"{one['name']:<{width}}  {one['type']}  {one['preview']}" for one in shown]
        if len(found) > len(shown):
            lines.append(f"... and {len(found) - len(shown)} more")
        return _told("\n".join(lines) or "no variables", shown)

    def get_type(self, expression):
        value = read(expression, self.cells.names)
        kind = type(value)
        facts = {"type": type_name(kind), "bases": [type_name(base) for base in static.bases(kind)[1:-1]][:20]}
        text = f"{expression.strip()} is {_with_article(facts['type'])}"
        size = length(value)
        if size is not None:
            facts["length"] = size
            text += f" of length {size}"
        told = summaries.summary(value)
        if told is not None:
            sized = {name: told[name] for name in ("shape", "dtype", "dtypes") if name in told}
            facts |= {name: Text(2000).of(item) for name, item in sized.items()}
            text += "".join(f", {name} {facts[name]}" for name in sized)
        if static.is_a(value, type):
            facts["class"] = type_name(value)
            text = f"{expression.strip()} is the class {facts['class']}"
        if facts["bases"]:
            text += f" (also {', '.join(facts['bases'])})"
        return _told(text, facts)

    def get_repr(self, expression):
        text = Text(MAX_TEXT, run=True)
        shown = text.of(read(expression, self.cells.names))
        facts = {"text": shown}
        if text.cut:
            facts["cut"] = True
        told = _told(f"{shown}\n(cut)" if text.cut else shown, facts)
        if text.ran:
            told["ran"] = ", ".join(dict.fromkeys(text.ran))[:500]
        return told

    def get_dir(self, expression):
        value = read(expression, self.cells.names)
        names = static.names(value)
        plain = [name for name in names if not name.startswith("_")] or names
        inside = static.members(value if static.is_a(value, type) else type(value)) | static.named(static.attributes(value))
        methods = [name for name in plain if _is_method(inside.get(name))]
        others = [name for name in plain if not _is_method(inside.get(name))]
        lines = [f"attributes: {', '.join(others)}"] if others else []
        lines += [f"methods: {', '.join(methods)}"] if methods else []
        return _told(_cut("\n".join(lines) or "no attributes", MAX_DOC), names[:MAX_NAMES])

    def get_doc(self, expression):
        value = read(expression, self.cells.names)
        documented = value if _has_own_doc(value) else type(value)
        doc = _doc(documented)
        facts = {"name": _name(documented), "doc": doc}
        call = _call_form(documented)
        if call:
            facts["signature"] = call
        heading = facts["name"] + (call or "")
        return _told(f"{heading}\n\n{doc}" if doc else f"{heading}\n\n(no documentation)", facts)

    def eval_expr(self, expression):
        value = read(expression, self.cells.names)
        text = Text(MAX_TEXT)
        shown = text.of(value)
        facts = {"type": type_name(type(value)), "text": shown}
        try:
            facts["json"] = _json(value, [MAX_JSON])
        except (ValueError, RecursionError):
            pass  # not a plain value: its text has to do
        return _told(f"{shown}\n(cut)" if text.cut else shown, facts)

    def get_last_exception(self, _argument):
        error = self.cells.last_error
        if error is None:
            return _told("no cell has raised an error", None)
        told = self.cells.last_told
        facts = {**told, "frames": _frames(error)}
        lines = [told["traceback"].rstrip()]
        for frame in facts["frames"][-3:]:
            known = ", ".join(f"{name} = {shown}" for name, shown in frame["locals"].items())
            if known:
                lines.append(f"in {frame['function']}, line {frame['line']}: {known}")
        return _told("\n".join(lines), facts)


def _told(text, value):
    shown, is_cut = static.cut(text, MAX_ANSWER)
    return {"ok": True, "text": f"{shown}\n(cut)" if is_cut else shown, "value": value}


def _failed(text):
    return {"ok": False, "text": static.cut(text, MAX_ANSWER)[0]}


def _cut(text, limit):
    return text if len(text) <= limit else text[:limit] + "\n(cut)"


def _with_article(name):
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"


_METHODS = Kinds(
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
    types.MethodType,
    staticmethod,
    classmethod,
)


def _is_method(value):
    return type(value) in _METHODS


def _has_own_doc(value):
    return static.is_a(value, type) or type(value) in _METHODS or type(value) is types.ModuleType


def _inner(value):
    """The function in a method. What a method or a wrapper is asked for, it asks that."""
    while type(value) in _WRAPPERS:
        value = value.__func__
    return value


_WRAPPERS = Kinds(types.MethodType, staticmethod, classmethod)


def _name(value):
    if static.is_a(value, type):
        return type_name(value)
    if type(value) is types.ModuleType:
        return clean(plain_text(static.lookup(static.attributes(value), "__name__"), "module"))
    inner = _inner(value)
    return function_name(inner) if type(inner) in _METHODS else type_name(type(inner))


def _doc(value):
    if static.is_a(value, type):
        bases = static.bases(value) if value is object else static.bases(value)[:-1]
        docs = (static.lookup(static.class_dict(base), "__doc__") for base in bases)
        found = next((doc for doc in docs if type(doc) is str), "")
    elif type(value) is types.ModuleType:
        found = static.lookup(static.attributes(value), "__doc__")
    else:
        inner = _inner(value)
        found = inner.__doc__ if type(inner) in _METHODS else ""
    if type(found) is not str:
        return ""
    return _cut(clean(_dedented(found)), MAX_DOC)


def _dedented(doc):
    lines = doc.expandtabs().strip().splitlines()
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    return "\n".join([*lines[:1], *(line[margin:].rstrip() for line in lines[1:])])


# Built-in functions name the module or the object they belong to first: `($self, value, /)`.
_IMPLIED = re.compile(r"\$\w+(, )?(/, )?")


def _call_form(value):
    if static.is_a(value, type):
        start = static.on_class(value, "__init__")
        if type(start) is types.FunctionType:
            return _cut(clean(signature(start).replace("(self, ", "(", 1).replace("(self)", "()", 1)), 500)
        value = start if start is not static.on_class(object, "__init__") else None
    inner = _inner(value)
    if type(inner) is types.FunctionType:
        return _cut(clean(signature(inner)), 500)
    form = getattr(inner, "__text_signature__", None) if _is_method(inner) else None
    return _cut(_IMPLIED.sub("", form), 500) if type(form) is str else None


def _json(value, room):
    """A plain value as JSON carries it. ValueError for everything else and for more than the room, in characters."""
    kind = type(value)
    room[0] -= len(value) if kind is str else 8
    if room[0] < 0:
        raise ValueError
    if value is None or kind is bool:
        return value
    if kind is int and value.bit_length() <= 53:
        return value
    if kind is float and math.isfinite(value):
        return value
    if kind is str:
        return clean(value)
    if kind is list or kind is tuple:
        return [_json(item, room) for item in value]
    if kind is dict and _TEXT.all_of(value):
        return {_json(key, room): _json(item, room) for key, item in value.items()}
    raise ValueError


_TEXT = Kinds(str)
_LOCALS = Kinds(dict, type((lambda: sys._getframe().f_locals)()))


def _frames(error):
    places = list(traceback.walk_tb(traceback_of(error)))
    first = next((at for at, (frame, _line) in enumerate(places) if frame.f_code.co_filename.startswith("<cell ")), len(places))
    return [_facts_of(frame, line or 0) for frame, line in places[max(first, len(places) - MAX_FRAMES) :]]


def _facts_of(frame, line):
    filename = frame.f_code.co_filename
    return {
        "file": clean(filename[:500]),
        "line": line,
        "function": clean(_function_of(frame.f_code)[:200]),
        "source": _source(filename, line),
        "locals": _locals(frame, filename),
    }


def _function_of(code):
    return getattr(code, "co_qualname", code.co_name)  # since Python 3.11


def _source(filename, line):
    """A line that is already known. To look for another may mean to read from anything that has a name."""
    known = static.lookup(linecache.cache, filename)
    lines = known[2] if type(known) is tuple and len(known) == 4 else ()
    found = lines[line - 1] if type(lines) is list and 0 < line <= len(lines) else ""
    return clean(found.strip()[:200]) if type(found) is str else ""


def _locals(frame, filename):
    if not filename.startswith("<cell ") or frame.f_code.co_name == "<module>":
        return {}
    known = frame.f_locals
    if type(known) not in _LOCALS:
        return {}  # the body of a class may have a namespace of its own making
    inside = [(name, value) for name, value in list(known.items())[:20] if not name.startswith("__")]
    return {clean(name[:200]): preview(value) for name, value in inside}
