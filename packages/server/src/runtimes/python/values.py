"""How values are told: results of cells, and the variables that a cell created or changed."""

import ast
import types

from .saferepr import Text, clean, preview, short_message, type_name

__all__ = ["bundle", "changed", "clean", "fingerprint", "row", "short_message", "stored_names", "type_name", "visible"]

MAX_TEXT = 48 * 1024
MAX_VARIABLES = 100
_RICH = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_latex_": "text/latex",
    "_repr_svg_": "image/svg+xml",
}
_CHANGEABLE = (list, dict, set, bytearray)


def bundle(value):
    """A result as people see it: its repr, and richer forms where the value offers them."""
    text = Text(MAX_TEXT, run=True, seconds=float("inf"))
    told = {"text": text.of(value)}
    if text.cut:
        told["cut"] = True
    rich = {}
    room = MAX_TEXT - len(told["text"])
    for method, kind in _RICH.items():
        form = _rich_form(value, method)
        if form is not None and len(form) <= room:
            rich[kind] = form
            room -= len(form)
    if rich:
        told["bundle"] = rich
    return told


def _rich_form(value, method):
    run = next((base.__dict__[method] for base in type(value).__mro__ if method in base.__dict__), None)
    if not isinstance(run, types.FunctionType):
        return None
    try:
        form = run(value)
    except Exception:
        return None  # the plain text is there
    return clean(form) if type(form) is str else None


def visible(name):
    return type(name) is str and not name.startswith("__")


def row(name, value):
    return {"name": clean(name[:200]), "type": type_name(type(value)), "preview": preview(value)}


def fingerprint(names):
    """What each variable was before a cell: its identity, and for containers that change in place a glimpse of what is inside."""
    return {name: _print_of(value) for name, value in names.items() if visible(name)}


def _print_of(value):
    kind = type(value)
    if kind in _CHANGEABLE:
        return (id(value), len(value), preview(value) if len(value) <= 1000 else None)
    return (id(value),)


def stored_names(tree):
    """Names that a cell binds: an id alone misses a new value that took the place of the old one."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
    return names


def changed(names, before, stored):
    rows = []
    for name, value in list(names.items()):
        if len(rows) == MAX_VARIABLES:
            break
        if not visible(name):
            continue
        if name not in before or name in stored or before[name] != _print_of(value):
            rows.append(row(name, value))
    return rows
