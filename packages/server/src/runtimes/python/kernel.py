"""One door for everything that is asked of this Python: a request and an answer, both JSON."""

import json
import random

from . import host, loop, streams
from .cells import Cells

cells = None


def prepare():
    """What may be kept in a memory image: nothing here depends on the process around."""
    global cells
    cells = Cells()


def connect():
    """What every process does anew."""
    host.connect()
    streams.install()
    loop.install()
    random.seed()


def handle(text):
    request = json.loads(text)
    return json.dumps(_DOORS[request["type"]](request))


def _exec(request):
    return cells.run(request["cell"], request["code"])


_DOORS = {"exec": _exec}
