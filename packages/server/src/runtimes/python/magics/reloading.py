"""%load_ext autoreload: modules that changed on disk are taken in before a cell runs.

Functions and classes are changed in place, so that what refers to them, instances too, has the new code."""

import gc
import os
import sys
import traceback
import types
import weakref

from ..errors import UsageError
from . import table


class _Reloader:
    def __init__(self):
        self.mode = "0"
        self.only, self.never = set(), set()
        self.times = {}
        self.failed = {}
        self.old = {}
        self.notice()

    def notice(self):
        """Modules that are new are current."""
        for name in list(sys.modules):
            if name not in self.times:
                self.times[name] = _state_of(sys.modules[name])

    def _news(self, name):
        """The state of the module's file, where it is not the one that was taken in."""
        now = _state_of(sys.modules.get(name))  # another module that was taken in may have removed it
        return now if now is not None and now != self.times.setdefault(name, now) else None

    def check(self, everything):
        names = [name for name in list(sys.modules) if name not in self.never and (everything or name in self.only)]
        for name in names:
            now = self._news(name)
            if now is None or self.failed.get(name) == now:
                continue
            try:
                self._reload(sys.modules[name])
                self.times[name] = now
                self.failed.pop(name, None)
            except Exception:
                self.failed[name] = now
                print(f"[autoreload of {name} failed: {traceback.format_exc(limit=10)}]", file=sys.stderr)

    def _reload(self, module):
        for name, value in list(vars(module).items()):
            if getattr(value, "__module__", None) == module.__name__ and isinstance(value, (type, types.FunctionType)):
                self.old.setdefault((module.__name__, name), []).append(weakref.ref(value))
        before = dict(vars(module))
        # The compiled file of a source that changed twice within a second looks current.
        import importlib

        importlib.invalidate_caches()
        _forget_compiled(module)
        try:
            module = importlib.reload(module)
        except BaseException:
            vars(module).update(before)
            raise
        for name, new in list(vars(module).items()):
            alive = []
            for reference in self.old.get((module.__name__, name), []):
                old = reference()
                if old is not None:
                    alive.append(reference)
                    if old is not new:
                        update(old, new)
            if alive:
                self.old[module.__name__, name] = alive


def _state_of(module):
    """When the module's source changed last, and its size."""
    found = vars(module) if isinstance(module, types.ModuleType) else {}
    path = found.get("__file__")
    if type(path) is not str or not path.endswith(".py") or found.get("__name__") == "__main__":
        return None
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size


def _forget_compiled(module):
    import importlib.util

    try:
        os.unlink(importlib.util.cache_from_source(module.__file__))
    except (OSError, NotImplementedError):
        pass  # there is none


def update(old, new):
    """Makes an old function, class or property do what the new one does."""
    if isinstance(old, types.FunctionType) and isinstance(new, types.FunctionType):
        _update_function(old, new)
    elif isinstance(old, type) and isinstance(new, type):
        _update_class(old, new)
    elif isinstance(old, (classmethod, staticmethod)) and type(old) is type(new):
        update(old.__func__, new.__func__)
    elif isinstance(old, property) and isinstance(new, property):
        for name in ("fget", "fset", "fdel"):
            update(getattr(old, name), getattr(new, name))


def _update_function(old, new):
    for name in ("__code__", "__defaults__", "__kwdefaults__", "__doc__", "__dict__", "__annotations__"):
        try:
            setattr(old, name, getattr(new, name))
        except (AttributeError, TypeError, ValueError):
            pass  # a closure of another shape keeps its code


def _update_class(old, new):
    for name, value in list(vars(old).items()):
        if name in ("__dict__", "__weakref__", "__doc__"):
            continue
        if name not in vars(new):
            _try(delattr, old, name)
            continue
        update(value, vars(new)[name])
    for name, value in list(vars(new).items()):
        if name in ("__dict__", "__weakref__"):
            continue
        known = vars(old).get(name)
        if not (isinstance(known, types.FunctionType) and isinstance(value, types.FunctionType)):
            _try(setattr, old, name, value)
    for instance in gc.get_referrers(old):
        if type(instance) is old:
            _try(object.__setattr__, instance, "__class__", new)


def _try(change, *arguments):
    try:
        change(*arguments)
    except (AttributeError, TypeError):
        pass  # it cannot be changed: what is there stays


_reloader = None


def load(call):
    global _reloader
    _reloader = _reloader or _Reloader()
    table.line("autoreload")(autoreload)
    table.line("aimport")(aimport)


def unload(call):
    global _reloader
    _reloader = None
    for name in ("autoreload", "aimport"):
        table.line_magics.pop(name, None)


def before_cell():
    if _reloader is not None and _reloader.mode != "0":
        _reloader.check(_reloader.mode == "2")


def after_cell():
    """What the cell imported was read just now: whatever changes from here on is news."""
    if _reloader is not None:
        _reloader.notice()


_WORDS = {"off": "0", "explicit": "1", "all": "2", "complete": "2", "": "now"}


def autoreload(call):
    """Take in modules that changed: 0 never, 1 those of %aimport, 2 all, before every cell; %autoreload alone once, now."""
    word = call.line.strip().lower()
    word = _WORDS.get(word, word)
    if word == "now":
        _reloader.check(True)
    elif word in ("0", "1", "2"):
        _reloader.mode = word
    else:
        raise UsageError(f"%autoreload is 0, 1 or 2 (off, explicit, all) or now, not {word}")


def aimport(call):
    """Import modules that %autoreload 1 takes in anew; -NAME is left alone by %autoreload 2."""
    names = [name for name in call.line.replace(",", " ").split()]
    if not names:
        print(f"Modules to reload:\n{' '.join(sorted(_reloader.only)) or 'all-except-skipped'}\n\nModules to skip:\n{' '.join(sorted(_reloader.never))}")
        return
    for name in names:
        if name.startswith("-"):
            _reloader.never.add(name[1:])
            _reloader.only.discard(name[1:])
            continue
        __import__(name)
        top = name.partition(".")[0]
        call.names[top] = sys.modules[top]
        _reloader.only.add(name)
        _reloader.never.discard(name)
