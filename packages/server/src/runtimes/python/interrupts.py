"""An interrupt raises KeyboardInterrupt in people's code. Our own is never torn in the middle: there it waits."""

import signal
import sys
import time
from _thread import get_ident
from contextlib import contextmanager


class TooLong(BaseException):
    """People's code runs longer than a look may take. Not an Exception: the code must not catch it by accident."""


_main = None
_allowed = _waiting = False
_divert = None


def install():
    global _main
    _main = get_ident()
    signal.signal(signal.SIGINT, _interrupted)
    # A signal that comes just before a wait begins does not end the wait: any other one makes Python look for it.
    signal.signal(signal.SIGURG, _nudged)
    sys.unraisablehook = _unraisable


def forget():
    """A request is answered: an interrupt that came too late for it is not one for the next."""
    global _allowed, _waiting
    _allowed = _waiting = False


def _interrupted(number, frame):
    global _waiting
    if not _allowed:
        _waiting = True
    elif _divert is None or not _divert(frame):
        raise KeyboardInterrupt


def _nudged(number, frame):
    _raise_what_waits()


def _unraisable(lost):
    """What is raised in a finalizer or a callback of the garbage collector goes nowhere. An interrupt waits there."""
    global _waiting
    if lost.exc_type is KeyboardInterrupt:
        _waiting = True
    else:
        sys.__unraisablehook__(lost)


def allowed(may=True):
    """While people's code runs."""
    return _while(may)


def held():
    """While our own code runs below theirs: an interrupt waits until it is through. Tells whether it was allowed before."""
    return _while(False)


@contextmanager
def _while(may):
    global _allowed
    if get_ident() != _main:  # no other thread is ever interrupted
        yield False
        return
    before = _allowed
    try:
        _allowed = may
        _raise_what_waits()
        yield before
    finally:
        _allowed = before
    _raise_what_waits()


def _raise_what_waits():
    global _waiting
    if _allowed and _waiting:
        _waiting = False
        raise KeyboardInterrupt


@contextmanager
def diverted(divert):
    """Where ``divert`` says that it has taken care of an interrupt, nothing is raised."""
    global _divert
    before, _divert = _divert, divert
    try:
        yield
    finally:
        _divert = before


@contextmanager
def patience(seconds):
    """Cuts people's code short, where it looks for signals at all. An alarm of their own rings afterwards."""
    theirs = signal.signal(signal.SIGALRM, _expired)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    began = time.monotonic()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, theirs or signal.SIG_DFL)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - began), 1e-6), interval)


def _expired(number, frame):
    if _allowed:
        raise TooLong
