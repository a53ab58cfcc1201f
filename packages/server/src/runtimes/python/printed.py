"""What is printed, as the daemon reads it from fd 1 and 2: a print comes in one piece, and the two streams in their order."""

import builtins
import fcntl
import io
import select
import sys
import termios
from functools import wraps

from . import host


class Raw(io.FileIO):
    """Where one of the two streams leaves this process, as soon as something is written."""

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
    """Whether something is on its way there, written by this process or by a command that it started."""
    try:
        return any(fcntl.ioctl(fd, termios.TIOCOUTQ, b"\0\0\0\0"))
    except OSError:
        return False


def install():
    """Values and what stands between them are written one by one, and other threads and commands write in between."""
    ours = (sys.stdout, sys.stderr)
    original = builtins.print

    @wraps(original)
    def print(*values, sep=" ", end="\n", file=None, flush=False):
        stream = sys.stdout if file is None else file
        if (stream is ours[0] or stream is ours[1]) and type(sep) is type(end) is str:
            stream.write(sep.join([str(value) for value in values]) + end)
        else:
            original(*values, sep=sep, end=end, file=file, flush=flush)

    builtins.print = print
