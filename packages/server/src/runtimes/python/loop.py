"""An event loop without sockets: it waits in the same interruptible sleep as time.sleep."""

import asyncio
import selectors
import time
from asyncio import events


class _Selector(selectors._BaseSelectorImpl):
    """Nothing to watch: select only lets time pass."""

    def select(self, timeout=None):
        if timeout is None:
            time.sleep(3600.0)
        elif timeout > 0:
            time.sleep(timeout)
        return []


class Loop(asyncio.SelectorEventLoop):
    def __init__(self):
        super().__init__(_Selector())

    # The base class wakes itself through a socket pair, which does not exist here and is not needed without threads.
    def _make_self_pipe(self):
        self._ssock = self._csock = None
        self._internal_fds = 0

    def _close_self_pipe(self):
        pass

    def _write_to_self(self):
        pass


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


_loop = None


def install():
    events._set_event_loop_policy(_Policy())
    events._set_running_loop(None)


def run(coroutine):
    """Runs one coroutine to its end in the loop that all cells share."""
    global _loop
    if _loop is None or _loop.is_closed():
        _loop = Loop()
    events.set_event_loop(_loop)
    task = _loop.create_task(coroutine)
    try:
        return _loop.run_until_complete(task)
    except KeyboardInterrupt as interrupt:
        raise interrupt.with_traceback(_cancel(task) or interrupt.__traceback__) from None


def _cancel(task):
    """Ends the task as an interrupt should, and tells where it stood: the interrupt only met the waiting loop."""
    task.cancel()
    try:
        _loop.run_until_complete(task)
    except asyncio.CancelledError as cancelled:
        return cancelled.__traceback__
    except Exception:
        return None  # it failed while it tidied up; the interrupt is what people asked for
