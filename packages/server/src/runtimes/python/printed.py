"""fd 1 and fd 2 as the daemon reads them: what is printed on one of them is not read before what was printed on the other."""

import fcntl
import io
import select
import termios

from . import host

_last = None


def open_raw(number):
    return _Printed(number)


class _Printed(io.FileIO):
    def __init__(self, number):
        super().__init__(number, "w", closefd=False)
        self._other = 3 - number

    def write(self, data):
        if _is_unread(self._other):
            host.ask("sync")
        rest = memoryview(data)
        while rest:
            written = super().write(rest)
            if written is None:
                # A command that shares it has told the system not to wait.
                select.select([], [self], [])
            else:
                rest = rest[written:]
        return len(data)


def _is_unread(fd):
    """Whether something is on its way that this process or a command of its has written there."""
    try:
        return any(fcntl.ioctl(fd, termios.TIOCOUTQ, b"\0\0\0\0"))
    except OSError:
        return False
