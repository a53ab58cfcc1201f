"""A Python that is a process of its own: asked through fd 3, heard through fd 1 and 2, and gone when its daemon is."""

import _thread
import faulthandler
import fcntl
import gc
import os
import resource
import signal
import sys
from json import loads

from . import host, interrupts, kernel, printed
from .channel import Channel, Gone

MEMORY = 4 << 30
#: Seconds; it never takes long, unless a value's own code runs for it.
LOOKS_AT_MOST = 2
#: How many processes and threads more than its user has already.
MORE_TASKS = 2048
#: Above all that a program is likely to close, or to put something else on.
OUT_OF_THE_WAY = 100


def main():
    _hold_leash()
    channel = Channel(_moved_away(3))
    _limit()
    faulthandler.enable(file=2, all_threads=False)
    kernel.prepare()
    python = kernel.connect(channel.ask, printed.Raw)
    printed.install()
    os.register_at_fork(after_in_child=lambda: _forked(channel))
    sys.argv = [""]
    sys.path.insert(0, "")
    gc.collect()
    gc.freeze()
    try:
        channel.send('{"type": "ready", "python": "%s"}' % python)
        while True:
            _serve(channel, os.getpid())
    except Gone as gone:
        print(f"daimon: {gone}", file=sys.__stderr__)
        os._exit(gone.status)


def _serve(channel, process):
    try:
        request = channel.next_request()
    except Exception:
        # A signal handler of theirs ran while nothing else did, and raised.
        return sys.excepthook(*sys.exc_info())
    if request["type"] == "exec":
        # An earlier cell may have put a handler of its own there, or none.
        interrupts.install()
        answer = kernel.serve(request)
    else:
        with interrupts.patience(LOOKS_AT_MOST):
            answer = kernel.serve(request)
    if os.getpid() != process:
        _leave_as_child(loads(answer))
    channel.send('{"type": "reply", "id": %d, "value": %s}' % (request["id"], answer))


def _leave_as_child(told):
    """A cell forked, and its child came through to the end. A script would end here too."""
    error = kernel.cells.last_error
    if told["ok"]:
        os._exit(0)
    if isinstance(error, SystemExit) and isinstance(error.code, int | None):
        os._exit((error.code or 0) & 255)
    print(told["error"]["traceback"], end="", file=sys.__stderr__)
    os._exit(1)


def _forked(channel):
    """A child is not asked and asks nobody. What it prints goes where the output of commands goes."""
    if channel.fd >= 0:  # a child of a child has none any more: by that number it may have a file of its own
        os.close(channel.fd)
        channel.fd = -1
    host.connect(lambda *request: None)


def _moved_away(fd):
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, OUT_OF_THE_WAY)
    os.close(fd)
    return moved


def _hold_leash():
    """The daemon holds the other end of stdin and writes nothing. When it is gone, so is this process with all it started,
    whatever it is doing: the system itself sends the signal."""
    leash = _moved_away(0)
    os.open(os.devnull, os.O_RDONLY)  # as fd 0: the lowest that is free
    group = os.getpgrp() == os.getpid()
    try:
        fcntl.fcntl(leash, fcntl.F_SETOWN, -os.getpid() if group else os.getpid())
        fcntl.fcntl(leash, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(leash, fcntl.F_SETFL, os.O_RDWR | os.O_ASYNC)
    except (AttributeError, OSError):
        # Only Linux sends any signal that one likes.
        _thread.start_new_thread(_watch_leash, (leash, group))


def _watch_leash(leash, group):
    os.read(leash, 1)
    (os.killpg if group else os.kill)(os.getpid(), signal.SIGKILL)


def _limit():
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_AS, MEMORY)
    if os.getuid() != 0 and os.path.exists("/proc/self/task"):
        _lower(resource.RLIMIT_NPROC, _tasks_of_user() + MORE_TASKS)


def _lower(which, value):
    """Only the soft limit: whoever knows that more is needed can raise it again."""
    soft, hard = resource.getrlimit(which)
    bounds = [value, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)]
    try:
        resource.setrlimit(which, (min(bounds), hard))
    except (OSError, ValueError):
        pass  # a system that knows no such limit


def _tasks_of_user():
    count, user = 0, os.getuid()
    for process in os.scandir("/proc"):
        try:
            if process.name.isdecimal() and process.stat().st_uid == user:
                count += len(os.listdir(f"{process.path}/task"))
        except OSError:
            pass  # it has just ended
    return count
