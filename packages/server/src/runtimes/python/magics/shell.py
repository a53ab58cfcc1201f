"""get_ipython(): what notebooks that were turned into scripts, and extensions, call of IPython's shell."""

import sys

from .. import display
from . import table
from .calls import Call, drive


class Shell:
    def __init__(self, cells, enter):
        self._cells = cells

    def me(self):
        """The live Python, with the usual methods of IPython's shell."""
        return self

    @property
    def user_ns(self):
        return self._cells.names

    def _call(self, name, line, body=None):
        return Call(self._cells, sys._getframe(2), 0, name, line, body)

    def run_line_magic(self, magic_name, line, _stack_depth=1):
        return _finished(table.find("magic", magic_name)(self._call(magic_name, line)))

    magic = property(lambda self: lambda line: self.run_line_magic(*(line.lstrip("%").split(None, 1) + [""])[:2]))

    def run_cell_magic(self, magic_name, line, cell):
        return _finished(table.find("cell", magic_name)(self._call(magic_name, line, cell)))

    def system(self, command):
        from . import commands

        commands.system(self._call("", command))

    def getoutput(self, command, split=True):
        from . import commands

        lines = commands.output(self._call("", command))
        return lines if split else lines.n

    def register_magic_function(self, func, magic_kind="line", magic_name=None):
        name = magic_name or func.__name__
        if magic_kind in ("line", "line_cell"):
            table.line(name)(lambda call: func(call.line))
        if magic_kind in ("cell", "line_cell"):
            table.cell(name)(lambda call: func(call.line, call.body))

    def push(self, variables):
        self._cells.names.update(variables)

    def display(self, *values):
        display.display(*values)

    def __repr__(self):
        return "<the live Python of this session>"


def _finished(made):
    return drive(made) if hasattr(made, "send") and hasattr(made, "close") and hasattr(made, "cr_frame") else made
