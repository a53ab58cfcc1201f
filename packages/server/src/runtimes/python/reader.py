"""A reader of expressions: it answers what an expression is worth without running any code but Python's own.

It walks the syntax tree itself. Attributes are read as they lie there, operators and calls work on built-in values
only, and every step costs fuel, so that nothing endless starts. What would run somebody's code is refused with a
sentence that says so.
"""

import ast
import builtins
import operator

from .functions import Functions
from .guards import ATOMS, CONTAINERS, MAX_LENGTH, Guard, Refused
from .saferepr import Text

MAX_BITS = 100_000

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
    return _Reader(names).value(ast.parse(expression.strip(), "<expression>", "eval").body)


class _Reader:
    def __init__(self, names):
        self.names = names
        self.scopes = []
        self.guard = Guard()
        self.functions = Functions(self.guard, names)

    def value(self, node):
        self.guard.burn()
        visit = getattr(self, f"_{type(node).__name__.lower()}", None)
        if visit is None:
            raise Refused(f"{type(node).__name__} is not something that only looks; run it as a cell")
        return visit(node)

    def _constant(self, node):
        return node.value

    def _name(self, node):
        for scope in (*reversed(self.scopes), self.names, builtins.__dict__):
            if node.id in scope:
                return scope[node.id]
        raise NameError(f"name '{node.id}' is not defined")

    def _attribute(self, node):
        return self.guard.attribute(self.value(node.value), node.attr)

    def _subscript(self, node):
        return self.guard.item(self.value(node.value), self.value(node.slice))

    def _slice(self, node):
        return slice(*(self.value(part) if part else None for part in (node.lower, node.upper, node.step)))

    def _call(self, node):
        arguments = self._many(node.args)
        named = {part.arg: self.value(part.value) for part in node.keywords}
        if None in named:
            raise Refused("calls with ** are not looked through; run it as a cell")
        if isinstance(node.func, ast.Attribute):
            return self.functions.call_method(self.value(node.func.value), node.func.attr, arguments, named)
        if not isinstance(node.func, ast.Name):
            raise Refused("calling this would run it; run it as a cell")
        name = node.func.id
        if self._name(node.func) is not builtins.__dict__.get(name):
            raise Refused(f"{name}() would run; run it as a cell")
        return self.functions.call(name, arguments, named)

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

    def _many(self, nodes):
        made = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                made.extend(self.guard.walk(self.value(node.value)))
            else:
                made.append(self.value(node))
        return made

    def _listcomp(self, node):
        return self._comprehend(node.generators, lambda: self.value(node.elt))

    _generatorexp = _listcomp

    def _setcomp(self, node):
        return {self.guard.plain(item) for item in self._listcomp(node)}

    def _dictcomp(self, node):
        def pair():
            return self.guard.plain(self.value(node.key)), self.value(node.value)

        return dict(self._comprehend(node.generators, pair))

    def _comprehend(self, generators, leaf):
        scope = {}
        self.scopes.append(scope)

        def nested(index):
            if index == len(generators):
                yield leaf()
                return
            for item in self.guard.walk(self.value(generators[index].iter)):
                self._bind(generators[index].target, item, scope)
                if all(self.guard.truth(self.value(test)) for test in generators[index].ifs):
                    yield from nested(index + 1)

        made = list(nested(0))
        self.scopes.pop()
        return made

    def _bind(self, target, item, scope):
        if isinstance(target, ast.Name):
            scope[target.id] = item
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = list(self.guard.walk(item))
            if len(parts) != len(target.elts):
                raise ValueError(f"cannot unpack {len(parts)} values into {len(target.elts)} names")
            for inner, part in zip(target.elts, parts):
                self._bind(inner, part, scope)
        else:
            raise Refused("only names can be bound while looking")

    # ---- texts

    def _joinedstr(self, node):
        return "".join(self.value(part) for part in node.values)

    def _formattedvalue(self, node):
        value = self.value(node.value)
        how = self.value(node.format_spec) if node.format_spec else ""
        if max((int(width) for width in "".join(c if c.isdecimal() else " " for c in how).split()), default=0) > 1000:
            raise Refused("that format makes too long a text")
        if node.conversion in (ord("r"), ord("a")) or type(value) not in (str, int, float, bool):
            value = Text(2000).of(value)
        return format(value, how)

    # ---- operators

    def _unaryop(self, node):
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not self.guard.truth(value)
        return _UNARY[type(node.op)](self.guard.exact(value, *ATOMS))

    def _binop(self, node):
        left, right = self.value(node.left), self.value(node.right)
        apply = _BINARY.get(type(node.op))
        for value in (left, right):
            self.guard.exact(value, *ATOMS, *CONTAINERS)
            if type(value) in (set, frozenset, dict):
                self.guard.plain(value)
        if apply is None or (type(left) in (str, bytes) and isinstance(node.op, ast.Mod)):
            raise Refused("this operator would run code of the values")
        if _is_too_big(node.op, left, right):
            raise Refused("the result is too big to look at; run it as a cell")
        return apply(left, right)

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
        return _COMPARE[type(sign)](self.guard.plain(left), self.guard.plain(right))

    def _ifexp(self, node):
        return self.value(node.body if self.guard.truth(self.value(node.test)) else node.orelse)


def _is_too_big(sign, left, right):
    """Whether the result would fill the memory or never be there."""
    kinds = {type(left), type(right)}
    if kinds <= {int, bool}:
        bits = left.bit_length()
        if isinstance(sign, ast.Pow):
            return bits * abs(right) > MAX_BITS
        if isinstance(sign, ast.LShift):
            return bits + right > MAX_BITS
        return bits + right.bit_length() > MAX_BITS
    if isinstance(sign, ast.Mult) and int in kinds and kinds & {str, bytes, list, tuple}:
        sequence, count = (left, right) if type(right) is int else (right, left)
        return len(sequence) * count > MAX_LENGTH
    return False
