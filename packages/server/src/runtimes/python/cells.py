"""Runs cells: the last expression is the result, await works at the top, and errors read as if nothing stood around them."""

import __future__
import ast
import builtins
import linecache
import sys
import traceback
import types

from . import loop, values

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
        self.last_error = None
        sys.modules["__main__"] = self.main

    def run(self, number, code):
        """Runs a cell and tells of it: ok, result or error, and the variables it created or changed."""
        filename = f"<cell {number}>"
        self._remember_source(filename, code)
        before = values.fingerprint(self.names)
        stored = frozenset()
        try:
            tree = compile(code, filename, "exec", self.flags | ast.PyCF_ONLY_AST, dont_inherit=True)
            stored = values.stored_names(tree)
            told = self._told(self._execute(tree, filename, quiet=code.rstrip().endswith(";")))
        except BaseException as error:
            told = self._failed(error)
        told["variables"] = values.changed(self.names, before, stored)
        return told

    def _execute(self, tree, filename, quiet):
        last = tree.body[-1] if tree.body else None
        expression = ast.Expression(tree.body.pop().value) if isinstance(last, ast.Expr) else None
        self._evaluate(compile(tree, filename, "exec", self.flags, dont_inherit=True))
        if expression is None:
            return None
        value = self._evaluate(compile(expression, filename, "eval", self.flags, dont_inherit=True))
        return None if quiet else value

    def _evaluate(self, code):
        self.flags |= code.co_flags & _FEATURES
        value = eval(code, self.names)
        return loop.run(value) if code.co_flags & 0x80 and isinstance(value, types.CoroutineType) else value

    def _told(self, value):
        if value is None:
            return {"ok": True}
        builtins._ = value
        return {"ok": True, "result": values.bundle(value)}

    def _failed(self, error):
        self.last_error = sys.last_exc = sys.last_value = error
        sys.last_type, sys.last_traceback = type(error), error.__traceback__
        told = {"ok": False, "error": describe(error)}
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


def describe(error):
    """An error for people: what Python would print, without the frames that are not theirs."""
    name = values.type_name(type(error))
    if isinstance(error, KeyboardInterrupt):
        return {"name": name, "message": "", "traceback": _where_interrupted(error)}
    try:
        told = traceback.TracebackException(type(error), error, error.__traceback__, compact=True)
        _hide_helpers(told, set())
        text = "".join(told.format())
    except Exception as trouble:
        text = f"{name}\n(its traceback could not be written: {values.type_name(type(trouble))})\n"
    return {"name": name, "message": values.short_message(error), "traceback": _bounded(values.clean(text))}


def _hide_helpers(told, seen):
    """Drops what stands before the first frame of a cell: that is how the cell came to run, not what it did."""
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    frames = told.stack
    first = next((index for index, frame in enumerate(frames) if frame.filename.startswith("<cell ")), None)
    helpers = len(frames) if first is None and frames and _is_helper(frames[0].filename) else first
    del frames[: helpers or 0]
    _hide_helpers(told.__cause__, seen)
    _hide_helpers(told.__context__, seen)
    for inner in told.exceptions or ():
        _hide_helpers(inner, seen)


_HERE = __file__.rpartition("/")[0]


def _is_helper(filename):
    return filename.startswith(_HERE)


def _where_interrupted(error):
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("<cell ")]
    if not frames:
        return "KeyboardInterrupt\n"
    return values.clean("".join(traceback.format_list(frames[-3:]))) + "KeyboardInterrupt\n"


def _bounded(text):
    if len(text) <= 2 * MAX_TRACEBACK:
        return text
    left = len(text) - 2 * MAX_TRACEBACK
    return f"{text[:MAX_TRACEBACK]}\n... {left} characters left out ...\n{text[-MAX_TRACEBACK:]}"
