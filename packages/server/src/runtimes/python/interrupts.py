"""An interrupt raises KeyboardInterrupt in people's code. Our own is never torn in the middle: there it waits."""

import signal
from contextlib import contextmanager

_allowed = _waiting = False


def install():
    signal.signal(signal.SIGINT, _interrupted)


def forget():
    """A request is answered: an interrupt that came too late for it is not one for the next."""
    global _allowed, _waiting
    _allowed = _waiting = False


def _interrupted(number, frame):
    global _waiting
    if _allowed:
        raise KeyboardInterrupt
    _waiting = True


@contextmanager
def allowed():
    """While people's code runs."""
    global _allowed, _waiting
    before = _allowed
    try:
        _allowed = True
        if _waiting:
            _waiting = False
            raise KeyboardInterrupt
        yield
    finally:
        _allowed = before
