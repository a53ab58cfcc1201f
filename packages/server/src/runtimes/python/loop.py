"""The event loop that all cells share. It is made when a cell first awaits something."""

import sys

from . import interrupts

_loop = None


def run(coroutine):
    """Runs one coroutine to its end in the loop that all cells share."""
    with interrupts.held():
        asyncio = _prepare()
        task = _loop.create_task(coroutine)
    diverted = False

    def divert(frame):
        nonlocal diverted
        if task.done() or not _loop_is_at_work(frame):
            return False
        diverted = True
        task.cancel()
        _loop.call_soon_threadsafe(int)  # wakes it, should it be about to wait
        return True

    try:
        with interrupts.diverted(divert):
            return _loop.run_until_complete(task)
    except asyncio.CancelledError as cancelled:
        if not diverted:
            raise
        raise KeyboardInterrupt().with_traceback(cancelled.__traceback__) from None
    except KeyboardInterrupt as interrupt:
        raise interrupt.with_traceback(_cancel(task) or interrupt.__traceback__) from None


#: Code that runs as part of a task: a coroutine, or a generator as one.
_OF_TASKS = 0x20 | 0x80 | 0x100 | 0x200


def _loop_is_at_work(frame):
    """Whether asyncio itself runs, for no task. What it has in its hands would be lost, were it interrupted there: a task whose
    next step is lost never ends."""
    while frame is not None and frame.f_code is not run.__code__:
        if not frame.f_globals.get("__name__", "").startswith("asyncio.") or frame.f_code.co_flags & _OF_TASKS:
            return False
        frame = frame.f_back
    return True


def _prepare():
    global _loop
    asyncio = _asyncio()
    if _loop is None or _loop.is_closed():
        _loop = asyncio.new_event_loop()
    asyncio.set_event_loop(_loop)
    return asyncio


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
    """Ends the task as an interrupt should, and tells where it stood, where the interrupt only met the waiting loop."""
    if task.done():
        return None  # it met the task itself; a loop that is asked for such a task waits for ever
    task.cancel()
    try:
        _loop.run_until_complete(task)
    except _asyncio().CancelledError as cancelled:
        return cancelled.__traceback__
    except Exception:
        return None  # it failed while it tidied up; the interrupt is what people asked for
