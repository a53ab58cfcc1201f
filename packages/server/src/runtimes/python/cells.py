"""Runs cells: the last expression is the result, await works at the top, errors read as if we were not there."""

import __future__
import ast
import builtins
import inspect
import linecache
import re
import sys
import traceback
import types

from . import backend, dialect, display, imports, interactivity, interrupts, ipython, loop, pasted, values
from .errors import UsageError, describe, traceback_of
from .history import History
from .magics import debugging, entry, reloading, table
from .static import clean, is_a

KEPT_SOURCES = 1000
_LINE_END = re.compile(r"\r\n|\r|\n")
_FEATURES = 0
for _name in __future__.all_feature_names:
    _FEATURES |= getattr(__future__, _name).compiler_flag


class Cells:
    def __init__(self):
        self.main = types.ModuleType("__main__")
        self.main.__builtins__ = builtins
        self.names = self.main.__dict__
        self.flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.sources = []
        # Which cell made or changed a variable last.
        self.changed_in = {}
        self.history = History()
        self.debugs = False
        self.last_error = self.last_told = None
        sys.modules["__main__"] = self.main
        builtins.display = display.display
        builtins.__dict__[interactivity.SHOW] = interactivity.show
        builtins.exit = builtins.quit = _Leave()
        ipython.install()
        backend.install()
        imports.install()
        builtins.__dict__[dialect.ENTRY] = entry.entry_for(self)

    def knows(self, name):
        return name in self.names or name in builtins.__dict__

    def run(self, number, code, given):
        """
        Runs a cell and tells of it: ok, result or error, and the variables it created or changed. ``given`` are texts
        that it finds under their names.
        """
        filename = f"<cell {number}>"
        code = pasted.cleaned(code)
        self._remember_source(filename, code)
        if number:  # 0 is the start-up file, which nobody typed
            self.history.typed(number, code)
        try:
            with interrupts.allowed():
                knows = lambda name: name in given or self.knows(name)
                tree = dialect.parse(code, dialect.Place(filename), self.flags, table, knows)
        except BaseException as error:
            return self._failed(error, began=False)
        silenced = _is_silenced(tree, code)
        spoken, bound = values.mentioned_names(tree)
        before = values.fingerprints(self.names, spoken)
        self.names.update(given)
        # Python tells of a warning once for each line: a line of another cell is another one.
        self.names.pop("__warningregistry__", None)
        try:
            with interrupts.allowed():
                reloading.before_cell()
                try:
                    told = self._told(number, self._execute(interactivity.applied(tree), filename, silenced))
                finally:
                    backend.show_open()
        except BaseException as error:
            told = self._failed(error)
            if self.debugs and is_a(error, Exception) and not is_a(error, SyntaxError) and not is_a(error, UsageError):
                told = self._debugged(error, told)
        reloading.after_cell()
        told["variables"] = values.changed(self.names, before, spoken, bound | given.keys())
        self.changed_in.update((row["name"], number) for row in told["variables"])
        return told

    def compile(self, text, place):
        """A piece of a cell as code objects. Only the last one has a value, if the piece ends with an expression."""
        return self._compiled(dialect.parse(text, place, self.flags, table, self.knows), place.filename)

    def _compiled(self, tree, filename):
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        parts = [(tree, "exec")] if tree.body else []
        parts += [(ast.Expression(last.value), "eval")] if last is not None else []
        return [compile(part, filename, mode, self.flags, dont_inherit=True) for part, mode in parts]

    def _execute(self, tree, filename, silenced):
        value = None
        for part in self._compiled(tree, filename):
            value = self._evaluate(part)
        return None if silenced else value

    def _evaluate(self, code):
        self.flags |= code.co_flags & _FEATURES
        value = eval(code, self.names)
        return loop.run(value) if code.co_flags & inspect.CO_COROUTINE else value

    def run_again(self, number, code):
        return self._run_parts(self.compile(code, dialect.Place(f"<cell {number}>")))

    def run_text(self, code):
        """Code that stands in no cell."""
        return self._run_parts(self.compile(pasted.cleaned(code), dialect.Place("<text>")))

    def _run_parts(self, parts):
        value = None
        for part in parts:
            value = self._evaluate(part)
        return value

    def _told(self, number, value):
        if value is None:
            return {"ok": True}
        with interrupts.held():
            self.history.resulted(number, value)
        if display.shows_itself(value):
            return {"ok": True}
        return {"ok": True, "result": values.bundle(value)}

    def _failed(self, error, began=True):
        self.last_error = sys.last_exc = sys.last_value = error
        sys.last_type, sys.last_traceback = type(error), traceback_of(error)
        try:
            with interrupts.allowed():
                self.last_told = describe(error)
        except KeyboardInterrupt as interrupt:
            error, self.last_told = interrupt, describe(interrupt)
        told = {"ok": False, "error": self.last_told}
        if is_a(error, KeyboardInterrupt):
            told["outcome"] = "interrupted"
        if is_a(error, MemoryError):
            # The frames hold what was too much, and the results what could be: without them the next cell has room again.
            traceback.clear_frames(traceback_of(error))
            # What Python cannot even read held no memory.
            if began and self.history.forget_results():
                told["error"]["traceback"] += "(to make room, Out and _ have let go of all results)\n"
        return told

    def _debugged(self, error, told):
        """%pdb is on: the error is told already now, and looked into before the cell is over."""
        try:
            with interrupts.allowed():
                print(told["error"]["traceback"], end="", file=sys.stderr)
                debugging.post_mortem(error)
        except BaseException as trouble:
            return self._failed(trouble)
        return told

    def _remember_source(self, filename, code):
        # Every line ends: Python 3.11 counts on it when it puts marks below one.
        lines = [f"{line}\n" for line in _LINE_END.split(clean(code))]
        linecache.cache[filename] = (len(code), None, lines, filename)
        self.sources.append(filename)
        if len(self.sources) > KEPT_SOURCES:
            linecache.cache.pop(self.sources.pop(0), None)


class _Leave:
    """What people type to leave. Python is not theirs alone."""

    def __call__(self, code=None):
        raise SystemExit(code)

    def __repr__(self):
        return "Ctrl-D leaves, and the session goes on; exit() ends a cell"


def _is_silenced(tree, code):
    """A semicolon behind the last statement asks for no result."""
    if not tree.body:
        return False
    last = tree.body[-1]
    value = getattr(last, "value", None)
    if hasattr(value, "silenced"):
        return value.silenced
    rest = code.encode("utf-8").splitlines()[last.end_lineno - 1][last.end_col_offset :]
    return rest.lstrip().startswith(b";")
