"""How values are told: results of cells, and the variables that a cell created or changed."""

import ast

from .layout import Laid
from .rich import bounded, forms
from .saferepr import preview
from .static import MAX_NAME, MISSING, Kinds, clean, cut, type_name

MAX_TEXT = 48 * 1024
MAX_DEPTH = 60
MAX_VARIABLES = 100
# How floats are written, as %precision says it: None is Python's own way.
float_format = None
_CHANGEABLE = Kinds(list, dict, set, bytearray)


def bundle(value):
    """A result as people see it: its repr, and richer forms where the value offers them."""
    made, sentences = forms(value)
    own = made.pop("text/plain", None)
    text = Laid(MAX_TEXT, run=True, seconds=float("inf"), depth=MAX_DEPTH, floats=float_format)
    return _told(own or text.of(value), made, sentences, text.cut)


def bundle_of_forms(given):
    """What people display by its forms: a dict from kinds to forms."""
    made, sentences = bounded(given)
    return _told(made.pop("text/plain", f"<{', '.join(made) or 'nothing'}>"), made, sentences, False)


def _told(plain, made, sentences, cut_already):
    text, cut_short = cut(plain, MAX_TEXT)
    told = {"text": "\n".join([text, *sentences])}
    if cut_short or cut_already or sentences:
        told["cut"] = True
    if made:
        told["bundle"] = made
    return told


def visible(name):
    return type(name) is str and not name.startswith("__")


def row(name, value):
    return {"name": clean(name[:MAX_NAME]), "type": type_name(type(value)), "preview": preview(value)}


def mentioned_names(tree):
    """Which names a cell speaks of, and which of them it binds."""
    spoken, bound = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            spoken.add(node.id)
            if isinstance(node.ctx, ast.Store):
                bound.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
    return spoken, bound


def fingerprints(names, spoken):
    """What every variable is before a cell, with a glimpse into the containers it speaks of: they change in place."""
    return {name: _fingerprint(value, name in spoken) for name, value in list(names.items()) if visible(name)}


def _fingerprint(value, closely):
    if type(value) not in _CHANGEABLE:
        return id(value)
    return (id(value), len(value), preview(value) if closely else None)


def changed(names, before, spoken, bound):
    """Rows of the variables that are new or not what they were. What the cell bound counts as changed: an id alone
    misses a value that took the place of the one before it."""
    rows = []
    for name, value in list(names.items()):
        if not visible(name):
            continue
        if name in bound or before.get(name, MISSING) != _fingerprint(value, name in spoken):
            rows.append(row(name, value))
            if len(rows) == MAX_VARIABLES:
                break
    return rows
