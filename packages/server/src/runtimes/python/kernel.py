"""One door for everything that is asked of this Python: a request and an answer, both JSON."""

import builtins
import random
import sys
import time
from json import dumps, loads

from . import host, interrupts, loop, streams, values
from .cells import Cells
from .complete import complete, is_complete
from .inspect import Inspector
from .variables import variables

cells = inspector = None


def prepare():
    """What a memory image may keep: nothing here depends on the process around."""
    global cells, inspector
    cells = Cells()
    inspector = Inspector(cells)


def connect():
    """What every process does anew."""
    host.connect()
    interrupts.install()
    streams.install()
    loop.install()
    builtins.display = display
    random.seed()
    _place_in_time()
    return sys.version.split()[0]


def _place_in_time():
    """An image may come from another place: what ``time`` says of the zone is computed anew."""
    year = time.localtime().tm_year
    noons = [time.mktime((year, month, 1, 12, 0, 0, 0, 0, -1)) for month in (1, 7)]
    offsets = [time.localtime(noon).tm_gmtoff for noon in noons]
    time.timezone, time.altzone = -min(offsets), -max(offsets)
    time.daylight = int(min(offsets) != max(offsets))


def display(*shown):
    """Show values among the output of the cell, as a result would be shown."""
    for value in shown:
        host.ask("display", values.bundle(value))


def handle(text):
    try:
        return dumps(_answer(loads(text)))
    finally:
        # Not at the beginning: the interrupt of a cell may be there before its first line.
        interrupts.forget()


def _answer(request):
    kind = request["type"]
    try:
        return _DOORS[kind](request)
    except KeyboardInterrupt:
        # It came while the answer was put together, not while the cell ran.
        return _ABANDONED[kind]
    except BaseException as error:
        return _failed(kind, error)


def _failed(kind, error):
    """No memory to tell it better, most likely."""
    name = type(error).__name__
    message = "nothing more could be told of it"
    if kind == "exec":
        return {"ok": False, "error": {"name": name, "message": message, "traceback": f"{name}: {message}\n"}}
    return {"ok": False, "text": name} if kind == "capability" else _ABANDONED[kind]


_INTERRUPT = {"name": "KeyboardInterrupt", "message": "", "traceback": "KeyboardInterrupt\n"}
_ABANDONED = {
    "exec": {"ok": False, "outcome": "interrupted", "error": _INTERRUPT},
    "capability": {"ok": False, "text": "looking took too long and was stopped"},
    "variables": None,
    "complete": {"matches": [], "start": 0, "end": 0},
    "isComplete": {"is": "complete"},
}
_DOORS = {
    "exec": lambda request: cells.run(request["cell"], request["code"]),
    "capability": lambda request: inspector.answer(request["name"], request.get("arg")),
    "variables": lambda request: variables(cells),
    "complete": lambda request: complete(request["code"], request["cursor"], cells.names),
    "isComplete": lambda request: is_complete(request["code"], cells.flags),
}
