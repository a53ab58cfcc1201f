"""Which modules could be imported and what is in them, found by looking: nothing is imported, no finder is asked."""

import ast
import os
import sys
import types
import zipimport

from . import static
from .static import Kinds, __builtins__

MAX_ENTRIES = 5000
MAX_SOURCE = 512 * 1024
_LISTS = Kinds(list, tuple)
_SUFFIXES = (".py", ".pyc", ".so")


def names():
    """Modules that stand at the top."""
    return {*sys.stdlib_module_names, *_imported(), *_in_folders(_paths(sys.path))} - {""}


def below(package):
    """The modules in a package, whether it was imported or not."""
    prefix = f"{package}."
    imported = {name.removeprefix(prefix) for name in _imported(whole=True) if name.startswith(prefix)}
    return {name.partition(".")[0] for name in imported} | set(_in_folders(_folders_of(package)))


def members(module):
    """What can be imported from a module."""
    found = static.lookup(sys.modules, module)
    if type(found) is types.ModuleType:
        offered = static.lookup(static.attributes(found), "__all__")
        offered = offered if type(offered) in _LISTS and Kinds(str).all_of(offered) else ()
        return {*static.named(static.attributes(found)), *offered, *below(module)}
    return {*_defined(module), *below(module)}


def _imported(whole=False):
    return {name if whole else name.partition(".")[0] for name in static.named(sys.modules)}


def _paths(found):
    return [path or "." for path in found if type(path) is str] if type(found) is list else []


def _folders_of(package):
    steps = package.split(".")
    return [os.path.join(path, *steps) for path in _paths(sys.path)]


def _in_folders(folders):
    for folder in folders:
        for name in _entries(folder):
            stem, dot, rest = name.partition(".")
            if stem.isidentifier() and (not dot or name.endswith(_SUFFIXES)) and stem != "__init__":
                yield stem


def _entries(folder):
    """Files and packages of a folder, or of one in an archive that Python itself reads."""
    try:
        with os.scandir(folder) as entries:
            listed = [entry for entry, _ in zip(entries, range(MAX_ENTRIES))]
            return [entry.name for entry in listed if "." in entry.name or _is_package(entry)]
    except OSError:
        pass
    for archive, files in list(static.named(zipimport._zip_directory_cache).items()):
        if folder.startswith(archive) and type(files) is dict:
            inside = folder[len(archive) + 1 :]
            prefix = inside + "/" if inside else ""
            return {name[len(prefix) :].partition("/")[0] for name in static.named(files) if name.startswith(prefix)}
    return []


def _is_package(entry):
    return entry.is_dir() and os.path.exists(os.path.join(entry.path, "__init__.py"))


def _defined(module):
    """What the source of a module defines at its top."""
    for place in _folders_of(module):
        for file in (f"{place}.py", os.path.join(place, "__init__.py")):
            try:
                if os.path.isfile(file) and os.path.getsize(file) <= MAX_SOURCE:
                    with open(file, "rb") as source:
                        return _bound_in(ast.parse(source.read()))
            except (OSError, SyntaxError, ValueError):
                return set()
    return set()


_DEFINITIONS = Kinds(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _bound_in(tree):
    found = set()
    for node in tree.body:
        if type(node) in _DEFINITIONS:
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update(target.id for target in targets if isinstance(target, ast.Name))
    return found - {"*"}
