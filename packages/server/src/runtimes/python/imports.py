"""What is done when people import certain modules, and what stands in where one is not installed."""

import sys

_afterwards = {}
_stand_ins = {}


def after(name, call):
    """Calls with the module when it has been imported for the first time."""
    _afterwards[name] = call


def stand_in(name, make, package=False):
    """``make(module)`` fills a module that is not installed."""
    _stand_ins[name] = (make, package)


class _Finder:
    """Goes before all others for the modules that something is done for."""

    def __init__(self):
        self._asking = set()

    def find_spec(self, name, path=None, target=None):
        if name in self._asking or (name not in _afterwards and name not in _stand_ins):
            return None
        import importlib.util

        self._asking.add(name)
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            spec = None
        finally:
            self._asking.discard(name)
        if spec is None and name in _stand_ins:
            make, package = _stand_ins[name]
            return importlib.util.spec_from_loader(name, _StandIn(make), is_package=package)
        if spec is not None and name in _afterwards and spec.loader is not None:
            spec.loader = _Afterwards(spec.loader, _afterwards[name])
        return spec


class _StandIn:
    def __init__(self, make):
        self.make = make

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        self.make(module)


class _Afterwards:
    """The module's own loader, and what is done behind it. The module never sees this one."""

    def __init__(self, loader, call):
        self.loader = loader
        self.call = call

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        self.call(module)


def install():
    sys.meta_path[:] = [_Finder(), *(finder for finder in sys.meta_path if type(finder) is not _Finder)]
