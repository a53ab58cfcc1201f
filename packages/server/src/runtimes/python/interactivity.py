"""Which expressions of a cell show their values, as IPython's ``ast_node_interactivity`` says it: the last, all, or none."""

import ast

from . import display, static
from .errors import UsageError

WAYS = ("last_expr", "all", "last_expr_or_assign", "last", "none")
# No name that anybody can type.
SHOW = "%show"
_way = "last_expr"


def choose(way):
    global _way
    if way not in WAYS:
        raise UsageError(f"ast_node_interactivity is {', '.join(WAYS)}; not {way}")
    _way = way


def chosen():
    """Notebooks say it of IPython's class, where that is imported."""
    shell = static.imported("IPython.core.interactiveshell", "InteractiveShell")
    said = static.on_class(shell, "ast_node_interactivity") if static.is_a(shell, type) else None
    return said if type(said) is str and said in WAYS else _way


def applied(tree):
    """The cell's tree, in which the last expression is its result."""
    way = chosen()
    if way == "none":
        tree.body.append(ast.Pass(**_PLACE))
    elif way == "all":
        for statement in tree.body[:-1]:
            if isinstance(statement, ast.Expr):
                shown = ast.Call(ast.Name(SHOW, ast.Load()), [statement.value], [])
                statement.value = _at(shown, statement.value)
    elif way == "last_expr_or_assign" and tree.body:
        name = _assigned(tree.body[-1])
        if name is not None:
            tree.body.append(_at(ast.Expr(ast.Name(name, ast.Load())), tree.body[-1]))
    return tree


_PLACE = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}


def _at(made, place):
    ast.copy_location(made, place)
    return ast.fix_missing_locations(made)


def _assigned(statement):
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, (ast.AugAssign, ast.AnnAssign)) and statement.value is not None:
        target = statement.target
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None


def show(value):
    if value is not None:
        display.display(value)
