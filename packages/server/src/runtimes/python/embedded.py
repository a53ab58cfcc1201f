"""What only the embedded Python needs: the device to the process around it, and its own ways to let time pass."""

import asyncio
import os
import random
import selectors
import time
from asyncio import events
from json import dumps, loads

from . import kernel

handle = kernel.handle
_device = -1


def connect():
    """What every process does anew: an image keeps none of it."""
    global _device
    _device = os.open("/dev/host", os.O_RDWR)
    time.sleep = sleep
    install_loop()
    random.seed()
    _place_in_time()
    return kernel.connect(_ask)


def _ask(*request):
    """Sends a request and waits for the answer. An interrupt ends the waiting: the read fails with EINTR."""
    os.write(_device, dumps(request).encode("ascii"))
    parts = []
    while part := os.read(_device, 65536):
        parts.append(part)
    return loads(b"".join(parts))


def sleep(seconds, /):
    """Delay execution for a given number of seconds."""
    if seconds != seconds:
        raise ValueError("Invalid value NaN (not a number)")
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    _ask("sleep", float(seconds) * 1000)


def _place_in_time():
    """An image may come from another place: what ``time`` says of the zone is computed anew."""
    year = time.localtime().tm_year
    noons = [time.mktime((year, month, 1, 12, 0, 0, 0, 0, -1)) for month in (1, 7)]
    offsets = [time.localtime(noon).tm_gmtoff for noon in noons]
    time.timezone, time.altzone = -min(offsets), -max(offsets)
    time.daylight = int(min(offsets) != max(offsets))


class _Selector(selectors._BaseSelectorImpl):
    """Nothing to watch: select only lets time pass."""

    woken = False

    def select(self, timeout=None):
        if self.woken:
            self.woken = False
        elif timeout is None:
            time.sleep(3600.0)
        elif timeout > 0:
            time.sleep(timeout)
        return []


class Loop(asyncio.SelectorEventLoop):
    """An event loop without sockets: it waits in the same interruptible sleep as time.sleep."""

    def __init__(self):
        super().__init__(_Selector())

    # The base class wakes itself through a socket pair, which does not exist here and is not needed without threads.
    def _make_self_pipe(self):
        self._ssock = self._csock = None
        self._internal_fds = 0

    def _close_self_pipe(self):
        pass

    def _write_to_self(self):
        self._selector.woken = True


class _Policy(events._AbstractEventLoopPolicy):
    def __init__(self):
        self._loop = None

    def get_event_loop(self):
        if self._loop is None or self._loop.is_closed():
            self._loop = Loop()
        return self._loop

    def set_event_loop(self, loop):
        # asyncio.run() puts None here when it is through: the loop of the cells stays theirs.
        self._loop = loop or self._loop

    def new_event_loop(self):
        return Loop()


def install_loop():
    events._set_event_loop_policy(_Policy())
    events._set_running_loop(None)
