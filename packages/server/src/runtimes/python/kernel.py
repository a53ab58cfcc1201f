"""One door for everything that is asked of this Python: a request and an answer, both JSON."""

import sys
from json import dumps, loads

from . import host, interrupts, streams
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


def connect(way, open_raw=streams.open_raw):
    """What every process does anew. ``way`` carries what is shown and asked, ``open_raw`` what is printed."""
    host.connect(way)
    interrupts.install()
    streams.install(open_raw)
    return sys.version.split()[0]


def handle(text):
    return serve(loads(text))


def serve(request):
    """The answer as JSON."""
    try:
        return dumps(_answer(request))
    finally:
        # Not at the beginning: the interrupt of a cell may be there before its first line.
        interrupts.forget()


def _answer(request):
    kind = request["type"]
    try:
        return _DOORS[kind](request)
    except (KeyboardInterrupt, interrupts.TooLong):
        # It came while the answer was put together, not while the cell ran.
        return _ABANDONED.get(kind)
    except BaseException as error:
        return _failed(kind, error)


def _failed(kind, error):
    """No memory to tell it better, most likely."""
    name = type(error).__name__
    message = "nothing more could be told of it"
    if kind == "exec":
        return {"ok": False, "error": {"name": name, "message": message, "traceback": f"{name}: {message}\n"}}
    return {"ok": False, "text": name} if kind == "capability" else _ABANDONED.get(kind)


_INTERRUPT = {"name": "KeyboardInterrupt", "message": "", "traceback": "KeyboardInterrupt\n"}
_ABANDONED = {
    "exec": {"ok": False, "outcome": "interrupted", "error": _INTERRUPT},
    "capability": {"ok": False, "text": "looking took too long and was stopped"},
    "variables": None,
    "complete": {"matches": [], "start": 0, "end": 0},
    "isComplete": {"is": "complete"},
}
_DOORS = {
    # Whoever can keep a Python's whole memory answers these himself.
    "checkpoint": lambda request: {},
    "restore": lambda request: {"restored": False},
    "forget": lambda request: {},  # whoever answers forgets the interrupts that came too late
    "exec": lambda request: cells.run(request["cell"], request["code"], request.get("given", {})),
    "capability": lambda request: inspector.answer(request["name"], request.get("arg")),
    "variables": lambda request: variables(cells),
    "complete": lambda request: complete(request["code"], request["cursor"], cells.names),
    "isComplete": lambda request: is_complete(request["code"], cells.flags),
}
