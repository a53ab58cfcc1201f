"""get_ipython(): what notebooks that were turned into scripts, and extensions, call of IPython's shell."""

import sys
import types

from .. import display, errors, interactivity
from . import table
from .calls import Call, drive


class Shell:
    def __init__(self, cells, run):
        self._cells = cells
        self._run = run

    def me(self):
        """The live Python, with the usual methods of IPython's shell."""
        return self

    def __getattr__(self, name):
        raise AttributeError(f"the live Python of this session has no {name}, as IPython's shell may have")

    @property
    def user_ns(self):
        return self._cells.names

    user_global_ns = user_ns

    @property
    def ast_node_interactivity(self):
        return interactivity.chosen()

    @ast_node_interactivity.setter
    def ast_node_interactivity(self, way):
        interactivity.choose(way)

    def _call(self, name, line, body=None):
        return Call(self._cells, sys._getframe(2), 0, name, line, body)

    def run_line_magic(self, magic_name, line, _stack_depth=1):
        return _finished(self._run(self._call(magic_name, line)))

    magic = property(lambda self: lambda line: self.run_line_magic(*(line.lstrip("%").split(None, 1) + [""])[:2]))

    def run_cell_magic(self, magic_name, line, cell):
        return _finished(self._run(self._call(magic_name, line, cell)))

    def run_cell(self, raw_cell, store_history=False, silent=False, **_options):
        """Runs code as a cell would; an error is told, not raised."""
        try:
            made = self._cells.run_text(raw_cell)
        except Exception as error:
            print(errors.describe(error)["traceback"], end="", file=sys.stderr)
            return types.SimpleNamespace(success=False, result=None, error_in_exec=error)
        if made is not None and not silent:
            display.display(made)
        return types.SimpleNamespace(success=True, result=made, error_in_exec=None)

    def ev(self, expression):
        return eval(expression, self._cells.names)

    def ex(self, code):
        exec(code, self._cells.names)

    def system(self, command):
        from . import commands

        commands.system(self._call("", command))

    def getoutput(self, command, split=True):
        from . import commands

        lines = commands.output(self._call("", command))
        return lines if split else lines.n

    def register_magic_function(self, func, magic_kind="line", magic_name=None):
        name = magic_name or func.__name__
        about = (getattr(func, "__doc__", None) or "made by a cell or an extension.").strip()
        if magic_kind in ("line", "line_cell"):
            table.line(name)(_documented(lambda call: func(call.line), about))
        if magic_kind in ("cell", "line_cell"):
            table.cell(name)(_documented(lambda call: func(call.line, call.body), about))

    def register_magics(self, *several):
        """Magics as classes of IPython's, which tell their methods in ``magics``."""
        for one in several:
            made = one(shell=self) if isinstance(one, type) else one
            for kind in ("line", "cell"):
                for name, func in made.magics.get(kind, {}).items():
                    self.register_magic_function(func, kind, name)

    def push(self, variables):
        self._cells.names.update(variables)

    def display(self, *values):
        display.display(*values)

    def __repr__(self):
        return "<the live Python of this session>"


def _documented(run, about):
    run.__doc__ = about
    return run


def _finished(made):
    return drive(made) if hasattr(made, "send") and hasattr(made, "close") and hasattr(made, "cr_frame") else made
