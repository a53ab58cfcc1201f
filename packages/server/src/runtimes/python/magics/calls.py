"""One use of a magic or a command: where it stands, what it sees, and how code that it was given is run there."""

import inspect
import re
import string
import sys

from .. import dialect
from ..errors import UsageError
from . import table


class Call:
    def __init__(self, cells, frame, column, name="", line="", body=None):
        self.cells = cells
        self.name = name
        self.line = line
        self.body = body
        self.names = cells.names
        self.locals = None if frame.f_locals is cells.names or frame.f_globals is not cells.names else frame.f_locals
        self.place = dialect.Place(frame.f_code.co_filename, frame.f_lineno, column)
        self.body_place = dialect.Place(frame.f_code.co_filename, frame.f_lineno + 1)

    def known(self, name):
        """A name as the code around would find it."""
        for scope in (self.locals or {}, self.names, sys.modules["builtins"].__dict__):
            if name in scope:
                return scope[name]
        raise NameError(f"name '{name}' is not defined")

    def compile(self, text, place):
        return self.cells.compile(text, place)

    async def run(self, text, place):
        """Runs code as if it stood there itself; the value of its last expression, or None."""
        value = None
        for code in self.compile(text, place):
            value = await self.evaluate(code)
        return value

    async def evaluate(self, code):
        value = eval(code, self.names, self.locals)
        return await value if code.co_flags & inspect.CO_COROUTINE else value

    def options(self, flags="", values="", strict=True):
        return table.options(self.line, flags, values, strict)

    def expanded(self, text):
        return expand(text, self)


def drive(coroutine):
    """Runs to its end what waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise UsageError("await works here at the top of a cell and in async functions")


_VARIABLE = re.compile(r"(.*?)\$(\$?)([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)", re.DOTALL)


def expand(text, call):
    """Fills in {expression} and $name; $$ stands for $. What cannot be filled in stays as it is, as in IPython: the
    braces and dollars of a shell or of awk are no mistake."""
    if "{" not in text and "$" not in text:
        return text
    try:
        return "".join(_parts(text, call))
    except Exception:
        return text


def _parts(text, call):
    formatter = string.Formatter()
    for literal, field, spec, conversion in formatter.parse(text):
        yield _fill_names(literal, call)
        if field is None:
            continue
        value = eval(field, call.names, call.locals)
        value = formatter.convert_field(value, conversion)
        yield format(value, expand(spec or "", call))


def _fill_names(literal, call):
    parts, at = [], 0
    for match in _VARIABLE.finditer(literal):
        parts.append(match[1])
        at = match.end()
        if match[2]:
            parts.append(f"${match[3]}")
            continue
        first, *others = match[3].split(".")
        try:
            value = call.known(first)
        except NameError:
            parts.append(f"${match[3]}")
            continue
        for other in others:
            value = getattr(value, other)
        parts.append(str(value))
    return "".join([*parts, literal[at:]])
