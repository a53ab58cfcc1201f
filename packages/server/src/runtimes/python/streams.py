"""stdin, stdout and stderr of the cells, and the built-ins that use them."""

import builtins
import getpass
import io
import sys

from . import host

MAX_PROMPT = 4000


class _Input(io.TextIOBase):
    """Lines typed by whoever is attached."""

    encoding = "utf-8"
    errors = "strict"

    def readable(self):
        return True

    def readline(self, size=-1):
        line = host.ask("input", "", False)
        return "" if line is None else line + "\n"

    def read(self, size=-1):
        return "".join(self)


def read_input(prompt="", /):
    """Read a line from whoever is attached, after showing them the prompt. EOFError when they end the input."""
    return _read_line(str(prompt), False)


def read_password(prompt="Password: ", stream=None, *, echo_char=None):
    """Read a line that is not shown while it is typed."""
    return _read_line(str(prompt), True)


def _read_line(prompt, password):
    if len(prompt) > MAX_PROMPT:
        half = MAX_PROMPT // 2
        prompt = f"{prompt[:half]}\n[{len(prompt) - 2 * half} characters left out]\n{prompt[-half:]}"
    line = host.ask("input", prompt, password)
    if line is None:
        raise EOFError("the input was closed")
    return line


def _writer(raw):
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", newline="\n", write_through=True)


def open_raw(number):
    return io.FileIO(number, "w", closefd=False)


def install(open_raw=open_raw):
    sys.stdin = sys.__stdin__ = _Input()
    sys.stdout = sys.__stdout__ = _writer(open_raw(1))
    sys.stderr = sys.__stderr__ = _writer(open_raw(2))
    read_input.__name__ = read_input.__qualname__ = "input"
    read_input.__module__ = "builtins"
    builtins.input = read_input
    getpass.getpass = read_password
