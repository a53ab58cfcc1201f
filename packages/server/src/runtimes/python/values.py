"""How values are told: results of cells, and the variables that a cell created or changed."""

import ast
import types

from .saferepr import Text, preview
from .static import MAX_NAME, MISSING, Kinds, clean, cut, on_class, type_name

MAX_TEXT = 48 * 1024
MAX_VARIABLES = 100
_RICH = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_latex_": "text/latex",
    "_repr_svg_": "image/svg+xml",
}
_CHANGEABLE = Kinds(list, dict, set, bytearray)


def bundle(value):
    """A result as people see it: its repr, and richer forms where the value offers them."""
    told = {}
    text = Text(MAX_TEXT, run=True, seconds=float("inf"))
    told["text"], cut_short = cut(text.of(value), MAX_TEXT)
    if cut_short or text.cut:
        told["cut"] = True
    rich = {}
    room = MAX_TEXT - len(told["text"].encode("utf-8"))
    for method, kind in _RICH.items():
        form = _rich_form(value, method)
        size = len(form.encode("utf-8"))
        if 0 < size <= room:
            rich[kind] = form
            room -= size
    if rich:
        told["bundle"] = rich
    return told


def _rich_form(value, method):
    run = on_class(type(value), method)
    if not isinstance(run, types.FunctionType):
        return ""
    try:
        form = run(value)
    except Exception:
        return ""  # the plain text is there
    return clean(form) if type(form) is str else ""


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
    return {name: _fingerprint(value, name in spoken) for name, value in names.items() if visible(name)}


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
