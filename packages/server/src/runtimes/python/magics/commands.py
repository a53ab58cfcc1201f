"""!command, !!command, x = !command, %%bash, %%sh, %pip: commands of the machine, where this Python may run any."""

import builtins
import codecs
import os
import re
import signal
import sys
import time

from .. import interrupts
from ..errors import SEALED, UsageError
from . import table

# The session ends a Python that does not follow an interrupt for two seconds.
_POLITE = 0.6


class SList(list):
    """What a command printed, line by line: ``.n`` as one text, ``.s`` with spaces between, ``.p`` as paths."""

    @property
    def l(self):  # noqa: E743
        return self

    list = l

    @property
    def n(self):
        return "\n".join(self)

    nlstr = n

    @property
    def s(self):
        return " ".join(self)

    spstr = s

    @property
    def p(self):
        import pathlib

        return [pathlib.Path(line) for line in self if os.path.exists(line)]

    paths = p

    def grep(self, pattern, prune=False, field=None):
        """The lines that match a regular expression, or for which a function holds; with prune, all others."""
        matches = pattern if callable(pattern) else re.compile(pattern, re.IGNORECASE).search
        looked_at = (lambda line: _field(line, field)) if field is not None else (lambda line: line)
        return SList(line for line in self if bool(matches(looked_at(line))) != prune)

    def fields(self, *wanted):
        """The words of the lines; those at the wanted places, joined by spaces."""
        if not wanted:
            return [line.split() for line in self]
        return SList(" ".join(_field(line, at) for at in wanted if _field(line, at)) for line in self)

    def sort(self, field=None, nums=False):
        """The lines in order; by one of their words, as numbers if wished."""

        def key(line):
            text = line if field is None else _field(line, field)
            if not nums:
                return text
            digits = "".join(character for character in text if character.isdigit())
            return int(digits) if digits else 0

        return SList(sorted(self, key=key))


def _field(line, at):
    words = line.split()
    return words[at] if -len(words) <= at < len(words) else ""


def refuse_if_sealed(what):
    if SEALED:
        raise UsageError(
            f"{what} runs a command, and the sealed Python runs none;"
            " /runtime cpython PATH changes to a Python of your machine that does"
        )


def system(call):
    """The command's output appears as it comes; its exit code is in _exit_code."""
    refuse_if_sealed(f"!{call.line}")
    run(["/bin/sh", "-c", call.expanded(call.line)])


def output(call):
    refuse_if_sealed(f"!{call.line}")
    said = []
    run(["/bin/sh", "-c", call.expanded(call.line)], out=said.append, err=said.append)
    return SList("".join(said).splitlines())


@table.line("sx", "sc", "system")
def output_of(call):
    """Run a command; the lines of its output are the result."""
    return output(call)


def run(argv, out=None, err=None, given=None):
    """Runs a command to its end; returns its exit code. An interrupt ends the command, then the cell."""
    import subprocess

    sys.stdout.flush()
    sys.stderr.flush()
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        _pass_on(process, out or sys.stdout.write, err or sys.stderr.write, given)
        code = process.wait()
    except BaseException:
        with interrupts.held():
            _end(process)
        raise
    finally:
        builtins._exit_code = process.returncode
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()
    return code


def _pass_on(process, out, err, given):
    """Moves what the command says, as it comes, until it has ended; what it left running may go on without us."""
    import selectors

    waiting = memoryview((given or "").encode())
    with selectors.DefaultSelector() as selector:
        for pipe, write in ((process.stdout, out), (process.stderr, err)):
            selector.register(pipe, selectors.EVENT_READ, (write, codecs.getincrementaldecoder("utf-8")("replace")))
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
        ended = False
        while selector.get_map():
            ready = selector.select(0 if ended else 0.05)
            for key, _events in ready:
                if key.fileobj is process.stdin:
                    waiting = _feed(selector, process.stdin, waiting)
                else:
                    _take(selector, key)
            if ended:
                return
            # What is read once more after that is all that it said itself.
            ended = process.poll() is not None


def _feed(selector, pipe, waiting):
    try:
        waiting = waiting[os.write(pipe.fileno(), waiting[:65536]) :] if waiting else waiting
    except BrokenPipeError:
        waiting = waiting[:0]
    if not waiting:
        selector.unregister(pipe)
        pipe.close()
    return waiting


def _take(selector, key):
    write, decoder = key.data
    piece = os.read(key.fd, 65536)
    text = decoder.decode(piece, final=not piece)
    if text:
        write(text)
    if not piece:
        selector.unregister(key.fileobj)


def _end(process):
    """Ends the command and all it started, as Ctrl-C would, and soon harder. It has no process group of its own: with
    this Python's group it ends when the session does."""
    for number in (signal.SIGINT, signal.SIGKILL):
        family = _family(process.pid)
        for pid in family:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass  # it has just ended
        until = time.monotonic() + _POLITE
        while time.monotonic() < until:
            if process.poll() is not None and not any(map(_runs, family[1:])):
                return
            time.sleep(0.01)


def _family(pid):
    """The process and what it started, as far as the system tells."""
    children = {}
    for entry in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if not entry.isdecimal():
            continue
        if facts := _facts(entry):
            children.setdefault(int(facts[1]), []).append(int(entry))
    family = [pid]
    for member in family:
        family += children.get(member, [])
    return family


def _facts(pid):
    """State, parent and more; nothing of a process that has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def _runs(pid):
    return _facts(pid)[:1] not in ([], ["Z"], ["X"])


_PROGRAMS = {"bash": "bash", "sh": "sh", "python": sys.executable, "python3": sys.executable, "perl": "perl", "ruby": "ruby"}


@table.cell(*_PROGRAMS, "script")
def shell_script(call):
    """Run the lines below as a script of the shell, or of what the name says. --out NAME, --err NAME keep what it prints; --no-raise-error."""
    refuse_if_sealed(f"%%{call.name}")
    program = _PROGRAMS.get(call.name)
    words = call.line.split()
    if call.name == "script":
        if not words:
            raise UsageError("%%script wants the program that reads the lines: %%script python3")
        program, *words = words
    kept, raises = {}, True
    while words:
        word = words.pop(0)
        if word in ("--out", "--err") and words:
            kept[word] = (words.pop(0), [])
        elif word == "--no-raise-error":
            raises = False
        else:
            raise UsageError(f"%%{call.name} knows --out NAME, --err NAME and --no-raise-error, not {word}")
    writers = {word: into.append for word, (_name, into) in kept.items()}
    try:
        code = run([program], writers.get("--out"), writers.get("--err"), call.body)
    except FileNotFoundError:
        raise UsageError(f"there is no program {program} on this machine") from None
    finally:
        for name, into in kept.values():
            call.names[name] = "".join(into)
    if code and raises:
        import subprocess

        raise subprocess.CalledProcessError(code, program)


@table.line("pip")
def pip(call):
    """Run pip for this Python: %pip install NAME."""
    refuse_if_sealed("%pip")
    import shlex

    if not call.line.strip():
        raise UsageError("%pip wants to know what to do: %pip install NAME")
    failed = run([sys.executable, "-m", "pip", "--disable-pip-version-check", *shlex.split(call.line)])
    if not failed and call.line.split()[0] in ("install", "uninstall"):
        print("Modules that were imported before stay as they are until this Python is started anew.")
