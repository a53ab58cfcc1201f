"""What this Python holds, for clients that show it while people work: one look between two cells, bounded in size and time."""

import time

from . import static
from .guards import length
from .summaries import summary
from .values import row, visible

MAX_ROWS = 200
SECONDS = 0.1
MAX_SIZE = 100
_SIZELESS = static.Kinds(int, float, bool, complex, type(None))
_UNITS = ((str, "character"), (bytes, "byte"), (bytearray, "byte"))


def variables(cells):
    """The rows of the variables, those that changed last first; of what is left out only how many they are."""
    # What there is now: a thread may change it while we look.
    held = [(name, value) for name, value in list(cells.names.items()) if visible(name)]
    held.sort(key=lambda one: -cells.changed_in.get(one[0], 0))
    deadline = time.perf_counter() + SECONDS
    rows = []
    for name, value in held[:MAX_ROWS]:
        if time.perf_counter() > deadline:
            break
        rows.append(_row(name, value, cells.changed_in.get(name)))
    told = {"rows": rows}
    if len(held) > len(rows):
        told["more"] = len(held) - len(rows)
    return told


def _row(name, value, cell):
    told = row(name, value)
    size = _size(value)
    if size:
        told["size"] = size
    if cell is not None:
        told["cell"] = cell
    return told


def _size(value):
    """As people say it; nothing where there is none."""
    if type(value) in _SIZELESS:
        return ""
    size = length(value)
    if size is None:
        return " x ".join(map(str, (summary(value) or {}).get("shape", ())))[:MAX_SIZE]
    unit = next((unit for kind, unit in _UNITS if static.is_a(value, kind)), "item")
    return f"{size} {unit}{'' if size == 1 else 's'}"
