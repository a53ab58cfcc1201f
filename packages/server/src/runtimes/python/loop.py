"""The event loop that all cells share. It is made when a cell first awaits something."""

import sys

from . import interrupts

_loop = None


def run(coroutine):
    """Runs one coroutine to its end in the loop that all cells share."""
    with interrupts.held():
        _prepare()
    task = _loop.create_task(coroutine)
    try:
        return _loop.run_until_complete(task)
    except KeyboardInterrupt as interrupt:
        raise interrupt.with_traceback(_cancel(task) or interrupt.__traceback__) from None


def _prepare():
    global _loop
    asyncio = _asyncio()
    if _loop is None or _loop.is_closed():
        _loop = asyncio.new_event_loop()
    asyncio.set_event_loop(_loop)


def _asyncio():
    """It takes as long to import as everything else here, and most cells await nothing. A file of the session's folder that
    bears the name of a module of Python's is not run for it."""
    if "asyncio" not in sys.modules:
        path = sys.path[:]
        sys.path[:] = [place for place in path if place != ""]
        try:
            import asyncio
        finally:
            sys.path[:] = path
    return sys.modules["asyncio"]


def _cancel(task):
    """Ends the task as an interrupt should, and tells where it stood: the interrupt only met the waiting loop."""
    asyncio = _asyncio()
    task.cancel()
    try:
        _loop.run_until_complete(task)
    except asyncio.CancelledError as cancelled:
        return cancelled.__traceback__
    except Exception:
        return None  # it failed while it tidied up; the interrupt is what people asked for
