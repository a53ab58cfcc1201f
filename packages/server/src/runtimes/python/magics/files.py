"""%cd, %pwd, %ls, %cat, %%writefile, %env: folders, files and the environment of this Python."""

import os
import re
import shutil
import stat
import sys
import time

from ..errors import SEALED, UsageError
from . import commands, table

_visited = []
# A result stands in the session's log.
_SECRET = re.compile("key|token|secret|passw|credential", re.IGNORECASE)


@table.line("pwd")
def where(call):
    """The folder in which this Python works."""
    return os.getcwd()


@table.line("cd", "chdir")
def change_folder(call):
    """Work in another folder: %cd FOLDER, %cd - for the one before, %cd for home; -q quietly."""
    text = call.line.strip()
    quiet = text.startswith("-q")
    target = text.removeprefix("-q").strip().strip("\"'")
    if target == "-":
        if not _visited:
            raise UsageError("there was no folder before this one")
        target = _visited[-1]
    target = os.path.expanduser(target or "~")
    before = os.getcwd()
    try:
        os.chdir(target)
    except OSError as error:
        hint = "; the sealed Python has files of its own only" if SEALED else ""
        raise UsageError(f"cannot go to {target}: {error.strerror}{hint}") from None
    _visited.append(before)
    del _visited[:-100]
    if not quiet:
        print(os.getcwd())


@table.line("ls", "ll")
def list_files(call):
    """List files: as the command of the machine does, or, where none may run, -a -l FOLDER. %ll is %ls -l."""
    if not SEALED:
        commands.run(["/bin/sh", "-c", f"ls -F {'-l ' if call.name == 'll' else ''}{call.line}"])
        return
    options, rest = call.options("alhF1")
    for place in rest.split() or ["."]:
        for line in _listing(place, "a" in options, "l" in options or call.name == "ll"):
            print(line)


def _listing(place, hidden, long):
    try:
        entries = sorted(os.scandir(place), key=lambda entry: entry.name) if os.path.isdir(place) else None
        found = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries] if entries is not None else [(place, os.lstat(place))]
    except OSError as error:
        raise UsageError(f"cannot list {place}: {error.strerror}") from None
    for name, facts in found:
        if name.startswith(".") and not hidden and entries is not None:
            continue
        shown = name + ("/" if stat.S_ISDIR(facts.st_mode) else "")
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(facts.st_mtime))
        yield f"{stat.filemode(facts.st_mode)} {facts.st_size:>10} {when} {shown}" if long else shown


@table.line("mkdir", "rmdir", "rm", "cp", "mv", "man", "conda", "mamba", "uv")
def file_command(call):
    """The command of the machine by that name."""
    commands.refuse_if_sealed(f"%{call.name}")
    commands.run(["/bin/sh", "-c", f"{call.name} {call.line}"])


@table.line("cat", "more", "less", "pycat")
def print_file(call):
    """Print a file."""
    name = os.path.expanduser(call.line.strip())
    try:
        with open(name, encoding="utf-8", errors="replace") as file:
            shutil.copyfileobj(file, sys.stdout)
    except OSError as error:
        raise UsageError(f"cannot read {name or 'a file without a name'}: {error.strerror}") from None


@table.cell("writefile", "file")
def write_file(call):
    """Write the lines below to a file; -a appends them."""
    options, rest = call.options("a")
    name = os.path.expanduser(rest.strip().strip("\"'"))
    if not name:
        raise UsageError("%%writefile wants the name of a file")
    there = os.path.exists(name)
    text = call.body if call.body.endswith("\n") or not call.body else call.body + "\n"
    try:
        data = text.encode()
        with open(name, "ab" if "a" in options else "wb") as file:
            file.write(data)
    except UnicodeEncodeError as error:
        raise UsageError(f"{name} is not written: UTF-8 has no {error.object[error.start]!a}") from None
    except OSError as error:
        raise UsageError(f"cannot write {name}: {error.strerror}") from None
    print(f"{'Appending to' if there and 'a' in options else 'Overwriting' if there else 'Writing'} {name}")


@table.line("env", "set_env")
def environment(call):
    """All variables of the environment without what is secret, one (%env NAME), or set one (%env NAME=value)."""
    text = call.line.strip()
    if not text:
        return {name: "<hidden>" if _SECRET.search(name) else value for name, value in os.environ.items()}
    name, sign, value = text.partition("=") if "=" in text.split()[0] or " =" in text else text.partition(" ")
    name = name.strip()
    if not sign:
        if name not in os.environ:
            raise UsageError(f"there is no environment variable {name}")
        return os.environ[name]
    if not name or any(character.isspace() for character in name):
        raise UsageError(f"{name or 'nothing'} is no name of an environment variable")
    os.environ[name] = value.strip()
    print(f"env: {name}={'<hidden>' if _SECRET.search(name) else value.strip()}")
    return None
