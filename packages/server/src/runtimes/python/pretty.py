"""What ``_repr_pretty_(self, p, cycle)`` is given, as IPython gives it: texts, places where a line may break, groups of them."""

from contextlib import contextmanager

from . import static
from .static import MISSING

WIDTH = 79


def way_of(kind):
    """The method by which values of a class are written, MISSING where the class, or one nearer to it, has a __repr__ instead."""
    if static.is_closed(kind):
        return MISSING
    for base in static.bases(kind):
        inside = static.class_dict(base)
        found = static.lookup(inside, "_repr_pretty_")
        if found is not MISSING and found is not None:
            return found
        if static.lookup(inside, "__repr__") is not MISSING:
            return MISSING
    return MISSING


class _Break:
    """A place where a line may break, or must where there is no text instead."""

    def __init__(self, instead, indentation):
        self.instead = instead
        self.indentation = indentation


class Printer:
    max_width = WIDTH
    newline = "\n"
    verbose = False

    def __init__(self, write, is_open, limit):
        """``write`` tells any other value, ``is_open`` knows by its id whose telling has begun."""
        self.indentation = 0
        self._write = write
        self._open = is_open
        self._room = limit
        self._groups = [[]]

    def text(self, text):
        text = str(text)
        # What does not fit is left out, and whoever shows it says so.
        if self._room >= 0:
            self._groups[-1].append(text)
        self._room -= len(text)

    def breakable(self, sep=" "):
        self._groups[-1].append(_Break(sep, self.indentation))

    def break_(self):
        self._groups[-1].append(_Break(None, self.indentation))

    def begin_group(self, indent=0, open=""):
        if open:
            self.text(open)
        group = []
        self._groups[-1].append(group)
        self._groups.append(group)
        self.indentation += indent

    def end_group(self, dedent=0, close=""):
        self.indentation -= dedent
        self._groups.pop()
        if close:
            self.text(close)

    @contextmanager
    def group(self, indent=0, open="", close=""):
        self.begin_group(indent, open)
        try:
            yield
        finally:
            self.end_group(indent, close)

    @contextmanager
    def indent(self, indent):
        self.indentation += indent
        try:
            yield
        finally:
            self.indentation -= indent

    def pretty(self, value):
        way = way_of(type(value))
        if way is MISSING:
            self.text(self._write(value))
            return
        cycle = id(value) in self._open
        self._open.add(id(value))
        try:
            way.__get__(value, type(value))(self, cycle)
        finally:
            if not cycle:
                self._open.discard(id(value))

    def told(self, value):
        self.pretty(value)
        parts = []
        _lay(self._groups[0], 0, parts)
        return "".join(parts)


def _lay(group, column, parts):
    """Writes a group where there is so much in the line already: in one line if it fits, else every break of its own breaks."""
    fits = column + _width(group) <= WIDTH
    for item in group:
        if type(item) is list:
            column = _lay(item, column, parts)
        elif type(item) is _Break and (item.instead is None or not fits):
            parts.append("\n" + " " * item.indentation)
            column = item.indentation
        else:
            text = item.instead if type(item) is _Break else item
            parts.append(text)
            column = len(text) - text.rfind("\n") - 1 if "\n" in text else column + len(text)
    return column


def _width(group):
    """More than any line where it cannot be in one."""
    width = 0
    for item in group:
        if type(item) is list:
            width += _width(item)
        else:
            text = item.instead if type(item) is _Break else item
            width += WIDTH + 1 if text is None or "\n" in text else len(text)
        if width > WIDTH:
            break
    return width
