"""Results over several lines where one would be too long: an item in each, or as many as fit where they are plain."""

from . import pretty
from .saferepr import Text
from .static import MISSING

WIDTH = pretty.WIDTH


class _Mark(str):
    """A part of a text that says what stands around it."""


class Laid(Text):
    BEGIN, BEGIN_PAIRS, END, SEPARATOR = _Mark(""), _Mark(""), _Mark(""), _Mark(", ")

    def _value(self, value, depth):
        if pretty.way_of(type(value)) is MISSING:
            return super()._value(value, depth)
        printer = pretty.Printer(self._apart, self._open, self.limit)
        self._add(self._within_time(lambda: printer.told(value), type(value), "_repr_pretty_"))

    def _apart(self, value):
        """A value as a text of its own, within what is being told already."""
        text = Laid(self.limit, run=True, seconds=float("inf"), depth=self.depth, floats=self.floats)
        text._open = self._open
        return text.of(value)

    def _joined(self):
        flat = super()._joined()
        return flat if len(flat) <= WIDTH or self.cut else "".join(_laid_out(self._parts))


def _laid_out(parts):
    widths, plain = _measured(parts)
    column, groups = 0, []
    for at, part in enumerate(parts):
        if part is Laid.BEGIN or part is Laid.BEGIN_PAIRS:
            fits = column + widths[at] < WIDTH
            groups.append((None if fits else column, plain[at]))
        elif part is Laid.END:
            groups.pop()
        elif part is Laid.SEPARATOR:
            margin, fills = groups[-1]
            if margin is None or (fills and column + 1 + widths[at] < WIDTH):
                column += len(part)
                yield part
            else:
                column = margin
                yield ",\n" + " " * margin
        else:
            line = part.rpartition("\n")
            column = len(line[2]) if line[1] else column + len(part)
            yield part


def _measured(parts):
    """How wide each group is, how wide what follows each separator, and which groups hold nothing but plain items."""
    widths, plain = dict.fromkeys(range(len(parts)), float("inf")), {}
    open_groups, separators, position = [], [], 0
    for at, part in enumerate(parts):
        if part is Laid.BEGIN or part is Laid.BEGIN_PAIRS:
            for group in open_groups[-1:]:
                plain[group[0]] = False
            plain[at] = part is Laid.BEGIN
            open_groups.append((at, position))
            separators.append(None)
        elif part is Laid.END or part is Laid.SEPARATOR:
            if separators[-1] is not None:
                before, start = separators[-1]
                widths[before] = position - start
            position += len(part)
            separators[-1] = (at, position)
            if part is Laid.END:
                separators.pop()
                group, start = open_groups.pop()
                widths[group] = position - start
        else:
            # What has lines of its own fits into none.
            position += len(part) if "\n" not in part else WIDTH
    return widths, plain
