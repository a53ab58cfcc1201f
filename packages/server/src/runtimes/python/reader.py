"""A reader of expressions: it answers what an expression is worth without running any code but Python's own.

It walks the syntax tree itself. Attributes are read as they lie there, operators and calls work on built-in values
only, and every step costs fuel, so that nothing endless starts. What would run somebody's code is refused with a
sentence that says so.
"""

import ast
import builtins
import operator

from . import libraries, static
from .functions import GO_THROUGH, Functions
from .guards import ATOMS, CONTAINERS, MAX_LENGTH, Guard, Stream
from .static import Kinds, Refused, __builtins__

MAX_BITS = 100_000
MAX_WRITTEN = 13_000
_WHOLE = Kinds(int, bool)
_SEQUENCES = Kinds(str, bytes, list, tuple)
_HASHED = Kinds(set, frozenset, dict)
_FORMATTED = Kinds(str, int, float, bool)

_UNARY = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert}
_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}
_COMPARE = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def read(expression, names):
    """The value of an expression. Raises what evaluating it would raise, or Refused."""
    tree = ast.parse(expression.strip(), "<expression>", "eval")
    compile(tree, "<expression>", "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)  # what only the compiler finds wrong
    return _Reader(names).value(tree.body)


class _Reader:
    def __init__(self, names, outer=None):
        self.names = names if outer else static.named(names)
        self.guard = outer.guard if outer else Guard()
        self.functions = outer.functions if outer else Functions(self.guard, self.names)
        self.outer = outer

    def value(self, node):
        found = self.stream(node)
        if type(found) is Stream:
            raise Refused("this makes values one after the other; make a list of it")
        return found

    def stream(self, node):
        """A value, or a Stream for whoever goes through it at once."""
        self.guard.burn()
        visit = getattr(self, f"_{type(node).__name__.lower()}", None)
        if visit is None:
            raise Refused(f"{type(node).__name__} is not something that only looks; run it as a cell")
        return visit(node)

    def _constant(self, node):
        return node.value

    def _name(self, node):
        reader = self
        while reader is not None:
            if node.id in reader.names:
                return reader.names[node.id]
            reader = reader.outer
        found = static.lookup(builtins.__dict__, node.id)
        if found is static.MISSING:
            raise NameError(f"name '{node.id}' is not defined")
        return found

    def _attribute(self, node):
        return self.guard.attribute(self.value(node.value), node.attr)

    def _subscript(self, node):
        return self.guard.item(self.value(node.value), self.value(node.slice))

    def _slice(self, node):
        return slice(*(self.value(part) if part else None for part in (node.lower, node.upper, node.step)))

    def _call(self, node):
        if not isinstance(node.func, (ast.Name, ast.Attribute)):
            raise Refused("calling this would run it; run it as a cell")
        goes_through = node.func.id in GO_THROUGH if isinstance(node.func, ast.Name) else node.func.attr == "join"
        arguments = self._many(node.args, self.stream if goes_through else self.value)
        named = {part.arg: self.value(part.value) for part in node.keywords}
        if None in named:
            raise Refused("calls with ** are not looked through; run it as a cell")
        if isinstance(node.func, ast.Attribute):
            return self.functions.call_method(self.value(node.func.value), node.func.attr, arguments, named)
        if self._name(node.func) is not __builtins__.get(node.func.id, static.MISSING):
            raise Refused(f"{node.func.id}() would run; run it as a cell")
        return self.functions.call(node.func.id, arguments, named)

    # ---- displays and comprehensions

    def _tuple(self, node):
        return tuple(self._many(node.elts))

    def _list(self, node):
        return self._many(node.elts)

    def _set(self, node):
        return {self.guard.plain(item) for item in self._many(node.elts)}

    def _dict(self, node):
        made = {}
        for key, item in zip(node.keys, node.values):
            if key is None:
                made.update(self.guard.plain(self.guard.exact(self.value(item), dict)))
            else:
                made[self.guard.plain(self.value(key))] = self.value(item)
        return made

    def _many(self, nodes, read=None):
        made = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                made.extend(self.guard.walk(self.stream(node.value)))
            else:
                made.append((read or self.value)(node))
        return made

    def _listcomp(self, node):
        return list(self._comprehend(node, lambda inner: inner.value(node.elt)))

    def _generatorexp(self, node):
        return Stream(self._comprehend(node, lambda inner: inner.value(node.elt)))

    def _setcomp(self, node):
        return {self.guard.plain(item) for item in self._listcomp(node)}

    def _dictcomp(self, node):
        def pair(inner):
            return self.guard.plain(inner.value(node.key)), inner.value(node.value)

        return dict(self._comprehend(node, pair))

    def _comprehend(self, node, leaf):
        """The values of a comprehension, one after the other. Its names are its own; its first part is read outside."""
        inner = _Reader({}, outer=self)
        first = self.guard.walk(self.stream(node.generators[0].iter))
        return inner.nested(node.generators, 0, first, leaf)

    def nested(self, generators, index, items, leaf):
        for item in items:
            self._bind(generators[index].target, item)
            if not all(self.guard.truth(self.value(test)) for test in generators[index].ifs):
                continue
            if index + 1 == len(generators):
                yield leaf(self)
            else:
                further = self.guard.walk(self.stream(generators[index + 1].iter))
                yield from self.nested(generators, index + 1, further, leaf)

    def _bind(self, target, item):
        if isinstance(target, ast.Name):
            self.names[target.id] = item
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = list(self.guard.walk(item))
            if len(parts) != len(target.elts):
                raise ValueError(f"cannot unpack {len(parts)} values into {len(target.elts)} names")
            for inner, part in zip(target.elts, parts):
                self._bind(inner, part)
        else:
            raise Refused("only names can be bound while looking")

    # ---- texts

    def _joinedstr(self, node):
        parts = []
        for part in node.values:
            parts.append(self.guard.made(self.value(part)))
        return "".join(parts)

    def _formattedvalue(self, node):
        value = libraries.number(self.value(node.value))
        how = self.value(node.format_spec) if node.format_spec else ""
        if node.conversion == ord("s"):
            value = self.functions.call("str", [value], {})
        elif node.conversion in (ord("r"), ord("a")):
            value = self.functions.call("repr" if node.conversion == ord("r") else "ascii", [value], {})
        if max((int(width) for width in "".join(c if c.isdecimal() else " " for c in how).split()), default=0) > 1000:
            raise Refused("that format makes too long a text")
        if type(value) not in _FORMATTED or type(value) is int and value.bit_length() > MAX_WRITTEN:
            value, how = self.functions.call("str", [value], {}), self._no_format(how)
        return format(value, how)

    def _no_format(self, how):
        if how:
            raise Refused("a format for such a value would run its code; run it as a cell")
        return ""

    # ---- operators

    def _unaryop(self, node):
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not self.guard.truth(value)
        return _UNARY[type(node.op)](self.guard.plain(self.guard.exact(value, *ATOMS.each)))

    def _binop(self, node):
        left, right = self.value(node.left), self.value(node.right)
        apply = _BINARY.get(type(node.op))
        for value in (left, right):
            self.guard.exact(value, *ATOMS.each, *CONTAINERS.each)
            if type(value) in _HASHED:
                self.guard.plain(value)
        if apply is None or (type(left) in _SEQUENCES and isinstance(node.op, ast.Mod)):
            raise Refused("this operator would run code of the values")
        if _is_too_big(node.op, left, right):
            raise Refused("the result is too big to look at; run it as a cell")
        made = apply(left, right)
        return self.guard.made(made) if type(made) in _SEQUENCES else made

    def _boolop(self, node):
        stops_at = isinstance(node.op, ast.Or)
        value = None
        for part in node.values:
            value = self.value(part)
            if self.guard.truth(value) == stops_at:
                break
        return value

    def _compare(self, node):
        left = self.value(node.left)
        for sign, part in zip(node.ops, node.comparators):
            right = self.value(part)
            if not self._holds(sign, left, right):
                return False
            left = right
        return True

    def _holds(self, sign, left, right):
        if isinstance(sign, (ast.Is, ast.IsNot)):
            return (left is right) == isinstance(sign, ast.Is)
        if isinstance(sign, (ast.In, ast.NotIn)):
            return self.guard.contains(right, left) == isinstance(sign, ast.In)
        if type(left) is type and type(right) is type and isinstance(sign, (ast.Eq, ast.NotEq)):
            return (left is right) == isinstance(sign, ast.Eq)
        left, right = libraries.number(left), libraries.number(right)
        return _COMPARE[type(sign)](self.guard.plain(left), self.guard.plain(right))

    def _ifexp(self, node):
        return self.value(node.body if self.guard.truth(self.value(node.test)) else node.orelse)


def _is_too_big(sign, left, right):
    """Whether the result would fill the memory or never be there."""
    if type(left) in _WHOLE and type(right) in _WHOLE:
        bits = left.bit_length()
        if isinstance(sign, ast.Pow):
            return bits * abs(right) > MAX_BITS
        if isinstance(sign, ast.LShift):
            return bits + right > MAX_BITS
        return bits + right.bit_length() > MAX_BITS
    if isinstance(sign, ast.Mult):
        for sequence, count in ((left, right), (right, left)):
            if type(sequence) in _SEQUENCES and type(count) in _WHOLE:
                return len(sequence) * count > MAX_LENGTH
    return False
