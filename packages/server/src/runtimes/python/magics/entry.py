"""Where the calls arrive that stand in a cell for what is not Python."""

import builtins
import inspect
import sys

from . import (
    capturing,
    commands,
    debugging,
    files,
    helping,
    names,
    recalling,
    table,
    reloading,
    scripts,
    settings,
    shell,
    timing,
)
from .calls import Call, drive

_MODULES = (capturing, debugging, files, helping, names, recalling, reloading, scripts, settings, shell, timing)


def entry_for(cells):
    def enter(kind, awaits, column, *words):
        frame = sys._getframe(1)
        if kind == "command":
            return commands.system(Call(cells, frame, column, line=words[0]))
        if kind == "output":
            return commands.output(Call(cells, frame, column, line=words[0]))
        if kind == "help":
            return helping.tell(Call(cells, frame, column, line=words[0]), words[1])
        made = run(Call(cells, frame, column, words[0], words[1], words[2] if kind == "cell" else None))
        if inspect.iscoroutine(made):
            return made if awaits else drive(made)
        return made

    builtins.get_ipython = shell.Shell(cells, run).me
    return enter


def run(call):
    magic = table.find("magic" if call.body is None else "cell", call.name)
    if not (call.body is None and magic.takes_code):
        call.line = call.expanded(call.line)
    return magic(call)
