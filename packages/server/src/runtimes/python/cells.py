"""Runs cells: the last expression is the result, await works at the top, errors read as if we were not there."""

import __future__
import ast
import builtins
import inspect
import linecache
import sys
import traceback
import types

from . import interrupts, loop, values
from .saferepr import error_message
from .static import clean, type_name

KEPT_SOURCES = 1000
MAX_TRACEBACK = 24 * 1024
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
        self.last_error = self.last_told = None
        sys.modules["__main__"] = self.main

    def run(self, number, code):
        """Runs a cell and tells of it: ok, result or error, and the variables it created or changed."""
        filename = f"<cell {number}>"
        self._remember_source(filename, code)
        try:
            tree = compile(code, filename, "exec", self.flags | ast.PyCF_ONLY_AST, dont_inherit=True)
        except BaseException as error:
            return self._failed(error)
        spoken, bound = values.mentioned_names(tree)
        before = values.fingerprints(self.names, spoken)
        try:
            with interrupts.allowed():
                told = self._told(self._execute(tree, filename, code))
        except BaseException as error:
            told = self._failed(error)
        told["variables"] = values.changed(self.names, before, spoken, bound)
        self.changed_in.update((row["name"], number) for row in told["variables"])
        return told

    def _execute(self, tree, filename, code):
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        if tree.body:
            self._evaluate(compile(tree, filename, "exec", self.flags, dont_inherit=True))
        if last is None:
            return None
        value = self._evaluate(compile(ast.Expression(last.value), filename, "eval", self.flags, dont_inherit=True))
        return None if _is_silenced(last, code) else value

    def _evaluate(self, code):
        self.flags |= code.co_flags & _FEATURES
        value = eval(code, self.names)
        return loop.run(value) if code.co_flags & inspect.CO_COROUTINE else value

    def _told(self, value):
        if value is None:
            return {"ok": True}
        builtins._ = value
        return {"ok": True, "result": values.bundle(value)}

    def _failed(self, error):
        self.last_error = sys.last_exc = sys.last_value = error
        sys.last_type, sys.last_traceback = type(error), error.__traceback__
        try:
            with interrupts.allowed():
                self.last_told = describe(error)
        except KeyboardInterrupt as interrupt:
            error, self.last_told = interrupt, describe(interrupt)
        told = {"ok": False, "error": self.last_told}
        if isinstance(error, KeyboardInterrupt):
            told["outcome"] = "interrupted"
        if isinstance(error, MemoryError):
            # The frames hold what was too much: without them the next cell has room again.
            traceback.clear_frames(error.__traceback__)
        return told

    def _remember_source(self, filename, code):
        linecache.cache[filename] = (len(code), None, code.splitlines(True), filename)
        self.sources.append(filename)
        if len(self.sources) > KEPT_SOURCES:
            linecache.cache.pop(self.sources.pop(0), None)


def _is_silenced(last, code):
    """A semicolon after the last expression asks for no result."""
    rest = code.encode("utf-8").splitlines()[last.end_lineno - 1][last.end_col_offset :]
    return rest.lstrip().startswith(b";")


def describe(error):
    """An error for people: what Python would print, without the frames that are not theirs."""
    name = type_name(type(error))
    if isinstance(error, KeyboardInterrupt):
        return {"name": name, "message": "", "traceback": _where_interrupted(error)}
    if isinstance(error, SystemExit):
        message = "exit() ends the cell; the live Python goes on (restart it to begin anew)"
        return {"name": name, "message": message, "traceback": f"{name}: {message}\n"}
    try:
        told = traceback.TracebackException(type(error), error, error.__traceback__, compact=True)
        _hide_helpers(told, set())
        text = "".join(told.format())
    except Exception as trouble:
        text = f"{name}\n(its traceback could not be written: {type_name(type(trouble))})\n"
    return {"name": name, "message": error_message(error), "traceback": _bounded(text)}


def _hide_helpers(told, seen):
    """Drops this package's frames, and what stands before the first frame of a cell: how it came to run."""
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    frames = told.stack
    first = next((index for index, frame in enumerate(frames) if frame.filename.startswith("<cell ")), None)
    if first is None and frames and _is_helper(frames[0]):
        first = len(frames)
    frames[:] = [frame for frame in frames[first or 0 :] if not _is_helper(frame)]
    _hide_helpers(told.__cause__, seen)
    _hide_helpers(told.__context__, seen)
    for inner in told.exceptions or ():
        _hide_helpers(inner, seen)


_HERE = __file__.rpartition("/")[0]


def _is_helper(frame):
    return frame.filename.startswith(_HERE)


def _where_interrupted(error):
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("<cell ")]
    if not frames:
        return "KeyboardInterrupt\n"
    return clean("".join(traceback.format_list(frames[-3:]))) + "KeyboardInterrupt\n"


def _bounded(text):
    """Its beginning and its end: the error itself stands in the last line."""
    encoded = clean(text).encode("utf-8")
    if len(encoded) <= MAX_TRACEBACK:
        return encoded.decode("utf-8")
    half = MAX_TRACEBACK // 2
    head, tail = (part.decode("utf-8", "ignore") for part in (encoded[:half], encoded[-half:]))
    return f"{head}\n... {len(encoded) - MAX_TRACEBACK} bytes left out ...\n{tail}"
