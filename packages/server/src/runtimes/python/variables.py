"""What this Python holds, for clients that show it while people work: one look between two cells, bounded in size and time."""

import time

from . import static
from .guards import length
from .values import row, visible

MAX_ROWS = 200
SECONDS = 0.1
_UNITS = ((str, "character"), (bytes, "byte"), (bytearray, "byte"))


def variables(cells):
    """The rows of the variables, those that changed last first; of what is left out only how many they are."""
    names = [name for name in list(cells.names) if visible(name)]
    names.sort(key=lambda name: -cells.changed_in.get(name, 0))
    deadline = time.perf_counter() + SECONDS
    rows = []
    for name in names[:MAX_ROWS]:
        if time.perf_counter() > deadline:
            break
        rows.append(_row(name, cells.names[name], cells.changed_in.get(name)))
    told = {"rows": rows}
    if len(names) > len(rows):
        told["more"] = len(names) - len(rows)
    return told


def _row(name, value, cell):
    told = row(name, value)
    size = length(value)
    if size is not None:
        unit = next((unit for kind, unit in _UNITS if static.is_a(value, kind)), "item")
        told["size"] = f"{size} {unit}{'' if size == 1 else 's'}"
    if cell is not None:
        told["cell"] = cell
    return told
