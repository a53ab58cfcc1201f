"""What people type beside Python, as IPython taught them: ``%magic``, ``!command``, ``name?``, ``%%cell magic``.

A cell that is Python as it stands is left alone, whatever it looks like. In all others a name of the same number of
lines takes the place of what is not Python; in the syntax tree that name becomes a call of ours, and has the place of
what people typed. So lines, columns and sources in a traceback are theirs.
"""

import ast
import linecache
import re
import warnings

from . import scanner

# No name that anybody can type: nothing people define is in our way, and we are not in theirs.
ENTRY = "%"
_SUSPICIOUS = re.compile(r"(?m)(?:^|[=:;])[ \t]*[%!]|\?[ \t]*(?:#.*)?$|^[ \t]*\?")
CELL_MAGIC = re.compile(r"\s*^%%([A-Za-z_]\w*)[ \t]*([^\r\n]*)(?:\r?\n|\r|$)", re.MULTILINE)
_FIRST_WORD = re.compile(r"([A-Za-z_]\w*)(?:[ \t]+|$)")
_GOES_ON_AS_PYTHON = re.compile(r"[-+*/%@&|^<>]*=|[(\[,:;]|(?:in|is|and|or|if|not|for)\b")


class Place:
    """Where a piece of a cell lies: what is compiled of it has the lines and columns of the whole."""

    def __init__(self, filename, line=1, column=0):
        self.filename = filename
        self.line = line
        self.column = column


class Translation:
    """A cell in which names stand for what is not Python; ``stands_for`` says for what."""

    def __init__(self, code, found):
        mark = "_daimon"
        while mark in code:
            mark += "_"
        self.code = code
        self.stands_for = {f"{mark}{number}": one for number, one in enumerate(found)}
        parts, at = [], 0
        for name, one in self.stands_for.items():
            parts += [code[at : one.start], name, "\n" * count_lines(code[one.start : one.end])]
            at = one.end
        self.text = "".join([*parts, code[at:]])


def count_lines(text):
    return text.count("\n") + text.replace("\r\n", "").count("\r")


def translate(code, is_magic, knows):
    """The cell with everything that is not Python found in it; None when it is Python alone."""
    if match := CELL_MAGIC.match(code):
        words = (match[1], match[2].rstrip(), code[match.end() :])
        return Translation(code, [scanner.Found("cell", match.start(1) - 2, len(code), words, match.start(2))])
    if bare := _typed_bare(code, is_magic, knows):
        return Translation(code, [bare])
    if not _SUSPICIOUS.search(code) or _is_python(code):
        return None
    found = scanner.scan(code)
    return Translation(code, found) if found else None


def _typed_bare(code, is_magic, knows):
    """``cd ..``: a magic without its sign, where nothing else has that name, so that Python could only raise NameError."""
    line = code.rstrip()
    match = _FIRST_WORD.match(line)
    if not match or "\n" in line or "\r" in line or not is_magic(match[1]) or knows(match[1]):
        return None
    rest = line[match.end() :]
    if _GOES_ON_AS_PYTHON.match(rest) or rest.endswith("?"):
        return None
    return scanner.Found("magic", 0, len(line), (match[1], rest), match.end())


def _is_python(code):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(code, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except Exception:
            return False
    return True


def parse(code, place, flags, magics, knows):
    """The syntax tree of a cell, or of a piece of one, with our calls in it."""
    translation = translate(code, magics.is_typed_bare, knows)
    text = code if translation is None else translation.text
    try:
        tree = compile(text, place.filename, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    except SyntaxError as error:
        _move_error(error, place)
        raise
    if translation is not None:
        tree = _Calls(translation, magics, place).visit(tree)
    if place.line > 1 or place.column:
        for node in ast.walk(tree):
            _move(node, place)
    return tree


def _move_error(error, place):
    """The error tells of what people typed, where they typed it."""
    if error.lineno is None:
        return
    for line, column in (("lineno", "offset"), ("end_lineno", "end_offset")):
        number = getattr(error, line, None)
        if number is None:
            continue
        if number == 1 and getattr(error, column):
            setattr(error, column, getattr(error, column) + place.column)
        setattr(error, line, number + place.line - 1)
    error.text = linecache.getline(place.filename, error.lineno) or error.text


def _move(node, place):
    for line, column in (("lineno", "col_offset"), ("end_lineno", "end_col_offset")):
        number = getattr(node, line, None)
        if number is None:
            continue
        if number == 1:
            setattr(node, column, getattr(node, column) + place.column)
        setattr(node, line, number + place.line - 1)


class _Calls(ast.NodeTransformer):
    """Puts calls of ours where the names stand."""

    def __init__(self, translation, magics, place):
        self.code = translation.code
        self.stands_for = translation.stands_for
        self.magics = magics
        self.place = place
        self.may_await = True

    def visit_AsyncFunctionDef(self, node):
        return self._inside(node, True)

    def visit_FunctionDef(self, node):
        return self._inside(node, False)

    visit_ClassDef = visit_FunctionDef

    def _inside(self, node, may_await):
        self.may_await, before = may_await, self.may_await
        self.generic_visit(node)
        self.may_await = before
        return node

    def visit_Name(self, node):
        one = self.stands_for.get(node.id)
        if one is None:
            return node
        awaits = self.may_await and self.magics.awaits(one)
        inner = self._column(one.inner) + (self.place.column if node.lineno == 1 else 0)
        arguments = (one.kind, awaits, inner, *one.words)
        made = ast.Call(ast.Name(ENTRY, ast.Load()), [ast.Constant(argument) for argument in arguments], [])
        made = ast.Await(made) if awaits else made
        end = node.lineno + count_lines(self.code[one.start : one.end])
        for part in ast.walk(made):
            if isinstance(part, ast.expr):
                part.lineno, part.col_offset = node.lineno, self._column(one.start)
                part.end_lineno, part.end_col_offset = end, self._column(one.end)
        made.silenced = one.kind in ("magic", "cell") and self.code[: one.end].rstrip().endswith(";")
        return made

    def _column(self, at):
        line = max(self.code.rfind("\n", 0, at), self.code.rfind("\r", 0, at)) + 1
        return len(self.code[line:at].encode("utf-8", "backslashreplace"))
