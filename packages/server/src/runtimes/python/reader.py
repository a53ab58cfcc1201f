"""A reader of expressions: it answers what an expression is worth without running any code but Python's own.

It walks the syntax tree itself. Attributes are read as they lie there, operators and calls work on built-in values only, and
every step costs fuel, so that nothing endless starts. What would run somebody's code is refused with a sentence that says so.
"""

import ast
import builtins
import enum
import operator
import types
from _collections import _tuplegetter, deque

from . import static
from .saferepr import Text, is_plain_data
from .static import type_name

FUEL = 200_000
MAX_LENGTH = 1_000_000
MAX_BITS = 100_000


class Refused(Exception):
    """Looking there would touch something."""


_ATOMS = (str, bytes, int, float, bool, complex, type(None), range, type(Ellipsis))
_CONTAINERS = (list, tuple, dict, set, frozenset)
_VIEWS = (type({}.keys()), type({}.values()), type({}.items()))
_ITERABLE = (*_CONTAINERS, *_VIEWS, str, bytes, bytearray, range, enumerate, zip, reversed, type(reversed([])))

_FUNCTIONS = {
    *("len", "type", "isinstance", "issubclass", "abs", "min", "max", "sum", "sorted", "reversed", "list", "tuple"),
    *("set", "dict", "frozenset", "str", "repr", "ascii", "int", "float", "bool", "complex", "any", "all"),
    *("enumerate", "zip", "range", "round", "divmod", "id", "ord", "chr", "bin", "hex", "oct", "hasattr", "callable"),
    *("dir", "vars", "globals", "hash"),
}
_METHODS = {
    str: set(
        "upper lower strip lstrip rstrip split rsplit splitlines startswith endswith find rfind index count replace title "
        "capitalize casefold swapcase isdigit isalpha isalnum isnumeric isspace isupper islower isidentifier encode join "
        "partition rpartition removeprefix removesuffix".split()
    ),
    bytes: set("decode hex find count startswith endswith split strip".split()),
    list: {"index", "count", "copy"},
    tuple: {"index", "count"},
    dict: {"keys", "values", "items", "get", "copy"},
    set: set("union intersection difference symmetric_difference issubset issuperset isdisjoint copy".split()),
    frozenset: set("union intersection difference symmetric_difference issubset issuperset isdisjoint copy".split()),
    int: {"bit_length", "bit_count"},
    float: {"is_integer", "hex"},
}
_VIEW_METHODS = ("keys", "values", "items")
_UNARY = {ast.Not: operator.not_, ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert}
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
_BUILT_IN_FIELDS = (types.MemberDescriptorType, types.GetSetDescriptorType, _tuplegetter)
_BUILT_IN_METHODS = (types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType)


def read(expression, names):
    """The value of an expression. Raises what evaluating it would raise, or Refused."""
    tree = ast.parse(expression.strip(), "<expression>", "eval")
    return Reader(names).value(tree.body)


class Reader:
    def __init__(self, names):
        self.names = names
        self.scopes = []
        self.fuel = FUEL

    def value(self, node):
        self._burn(1)
        visit = getattr(self, f"_{type(node).__name__.lower()}", None)
        if visit is None:
            raise Refused(f"{type(node).__name__} is not something that only looks; run it as a cell")
        return visit(node)

    def _burn(self, amount):
        self.fuel -= amount
        if self.fuel < 0:
            raise Refused("that is too much to look through; run it as a cell")

    # ---- names and attributes

    def _constant(self, node):
        return node.value

    def _name(self, node):
        for scope in reversed(self.scopes):
            if node.id in scope:
                return scope[node.id]
        if node.id in self.names:
            return self.names[node.id]
        if node.id in builtins.__dict__:
            return builtins.__dict__[node.id]
        raise NameError(f"name '{node.id}' is not defined")

    def _attribute(self, node):
        return attribute(self.value(node.value), node.attr)

    def _subscript(self, node):
        value, key = self.value(node.value), self.value(node.slice)
        if static.is_a(value, dict):
            self._plain(key)
            found = dict.get(value, key, static.MISSING)
            if found is static.MISSING:
                raise KeyError(key)
            return found
        if type(key) not in (int, bool, slice) or (type(key) is slice and not _plain_slice(key)):
            raise Refused(f"an index of type {type_name(type(key))} would run its code")
        for base in (list, tuple, str, bytes, bytearray, range, deque):
            if static.is_a(value, base):
                return base.__getitem__(value, key)
        raise Refused(f"indexing the type {type_name(type(value))} would run its code")

    def _slice(self, node):
        return slice(*(self.value(part) if part else None for part in (node.lower, node.upper, node.step)))

    # ---- displays

    def _tuple(self, node):
        return tuple(self._many(node.elts))

    def _list(self, node):
        return self._many(node.elts)

    def _set(self, node):
        return {self._plain(item) for item in self._many(node.elts)}

    def _dict(self, node):
        made = {}
        for key, item in zip(node.keys, node.values):
            if key is None:
                made.update(self._exact(self.value(item), dict))
            else:
                made[self._plain(self.value(key))] = self.value(item)
        return made

    def _many(self, nodes):
        made = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                made.extend(self._walk(self.value(node.value)))
            else:
                made.append(self.value(node))
        return made

    def _joinedstr(self, node):
        return "".join(str(self.value(part)) for part in node.values)

    def _formattedvalue(self, node):
        value = self.value(node.value)
        specification = self.value(node.format_spec) if node.format_spec else ""
        if node.conversion != -1 or type(value) not in (str, int, float, bool):
            value = value if type(value) is str and node.conversion in (-1, ord("s")) else Text(2000).of(value)
        if any(len(digits) > 3 for digits in "".join(c if c.isdigit() else " " for c in specification).split()):
            raise Refused("that format makes too long a text")
        return format(value, specification)

    # ---- operators

    def _unaryop(self, node):
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not self._truth(value)
        return _UNARY[type(node.op)](self._exact(value, int, float, bool, complex))

    def _binop(self, node):
        left, right = self.value(node.left), self.value(node.right)
        apply = _BINARY.get(type(node.op))
        if apply is None:
            raise Refused("this operator would run code of the values")
        for value in (left, right):
            self._exact(value, *_ATOMS, list, tuple, dict, set, frozenset)
        if static.is_a(left, str) and isinstance(node.op, ast.Mod):
            raise Refused("formatting with % would run code of the values")
        if isinstance(left, (set, frozenset, dict)) or isinstance(right, (set, frozenset, dict)):
            self._plain(left), self._plain(right)
        _refuse_too_big(node.op, left, right)
        return apply(left, right)

    def _boolop(self, node):
        stops_at = isinstance(node.op, ast.Or)
        value = None
        for part in node.values:
            value = self.value(part)
            if self._truth(value) == stops_at:
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
            return self._contains(right, left) == isinstance(sign, ast.In)
        if static.is_a(left, type) and static.is_a(right, type) and isinstance(sign, (ast.Eq, ast.NotEq)):
            return (left is right) == isinstance(sign, ast.Eq)
        return _COMPARE[type(sign)](self._plain(left), self._plain(right))

    def _contains(self, container, item):
        if static.is_a(container, dict):
            return dict.__contains__(container, self._plain(item))
        return self._plain(item) in self._plain(self._exact(container, *_CONTAINERS, *_VIEWS, str, bytes, range))

    def _ifexp(self, node):
        return self.value(node.body if self._truth(self.value(node.test)) else node.orelse)

    def _truth(self, value):
        if type(value) in _ATOMS or type(value) in _ITERABLE:
            return bool(value)
        if static.on_class(type(value), "__bool__") is static.MISSING and static.on_class(type(value), "__len__") is static.MISSING:
            return True
        raise Refused(f"whether a value of the type {type_name(type(value))} is true would run its code")

    # ---- calls

    def _call(self, node):
        arguments = self._many(node.args)
        named = {part.arg: self.value(part.value) for part in node.keywords if part.arg}
        if len(named) != len(node.keywords):
            raise Refused("calls with ** are not looked through; run it as a cell")
        if isinstance(node.func, ast.Name):
            return self._function(node.func.id, arguments, named)
        if not isinstance(node.func, ast.Attribute):
            raise Refused("calling this would run it; run it as a cell")
        value = self.value(node.func.value)
        if node.func.attr in _VIEW_METHODS and static.is_a(value, dict) and not arguments:
            method = static.class_dict(dict)[node.func.attr]
            if static.on_class(type(value), node.func.attr) is method:
                return method(value)
        if node.func.attr not in _METHODS.get(type(value), ()):
            raise Refused(f"{type_name(type(value))}.{node.func.attr}() would run; run it as a cell")
        for part in (value, *arguments, *named.values()):
            self._plain(part)
        if node.func.attr in ("join", "replace") and _size(value) * max(map(_size, arguments), default=0) > MAX_LENGTH:
            raise Refused("the result is too big to look at; run it as a cell")
        return getattr(value, node.func.attr)(*arguments, **named)

    def _function(self, name, arguments, named):
        if name not in _FUNCTIONS or self._name(ast.Name(name)) is not builtins.__dict__[name]:
            raise Refused(f"{name}() would run; run it as a cell")
        special = getattr(self, f"_call_{name}", None)
        if special is not None:
            return special(*arguments, **named)
        for value in named.values():
            self._exact(value, *_ATOMS)
        return builtins.__dict__[name](*(self._plain(value) for value in arguments), **named)

    def _call_len(self, value):
        for base in (*_CONTAINERS, str, bytes, bytearray, range, deque, *_VIEWS):
            if static.is_a(value, base):
                return base.__len__(value)
        raise Refused(f"len() of the type {type_name(type(value))} would run its code")

    def _call_type(self, value):
        return type(value)

    def _call_id(self, value):
        return id(value)

    def _call_callable(self, value):
        return static.on_class(type(value), "__call__") is not static.MISSING

    def _call_hasattr(self, value, name):
        return static.attribute(value, self._exact(name, str)) is not static.MISSING

    def _call_isinstance(self, value, kinds):
        return self._call_issubclass(type(value), kinds)

    def _call_issubclass(self, kind, kinds):
        kinds = kinds if type(kinds) is tuple else (kinds,)
        if any(type(one) is not type for one in kinds) or not static.is_a(kind, type):
            raise Refused("asking that would run code of the types")
        return any(one in static.bases(kind) for one in kinds)

    def _call_repr(self, value):
        return Text(MAX_LENGTH).of(value)

    _call_ascii = _call_repr

    def _call_str(self, value="", *rest):
        return value if type(value) is str else self._call_repr(value)

    def _call_dir(self, *values):
        return static.names(values[0]) if values else sorted(name for name in self.names if type(name) is str)

    def _call_vars(self, value):
        return dict(static.attributes(value))

    def _call_globals(self):
        return dict(self.names)

    def _call_list(self, items=()):
        return self._all(items)

    def _call_tuple(self, items=()):
        return tuple(self._all(items))

    def _call_enumerate(self, items, start=0):
        return list(enumerate(self._walk(items), self._exact(start, int)))

    def _call_zip(self, *many):
        return list(zip(*(self._walk(items) for items in many)))

    def _call_reversed(self, items):
        return self._all(items)[::-1]

    def _call_any(self, items):
        return any(self._truth(item) for item in self._walk(items))

    def _call_all(self, items):
        return all(self._truth(item) for item in self._walk(items))

    def _call_sum(self, items, start=0):
        items = self._all(items)
        if not set(map(type, (*items, start))) <= {int, float, bool, complex}:
            raise Refused("a sum of anything but numbers would run code of the values")
        return sum(items, start)

    def _call_sorted(self, items, *, reverse=False):
        return sorted(self._plain(self._all(items)), reverse=self._truth(reverse))

    # ---- comprehensions

    def _listcomp(self, node):
        return self._comprehend(node.generators, lambda: self.value(node.elt))

    _generatorexp = _listcomp

    def _setcomp(self, node):
        return {self._plain(item) for item in self._listcomp(node)}

    def _dictcomp(self, node):
        return dict(self._comprehend(node.generators, lambda: (self._plain(self.value(node.key)), self.value(node.value))))

    def _comprehend(self, generators, leaf):
        scope = {}
        self.scopes.append(scope)

        def nested(index):
            if index == len(generators):
                yield leaf()
                return
            for item in self._walk(self.value(generators[index].iter)):
                self._bind(generators[index].target, item, scope)
                if all(self._truth(self.value(test)) for test in generators[index].ifs):
                    yield from nested(index + 1)

        made = list(nested(0))
        self.scopes.pop()
        return made

    def _bind(self, target, item, scope):
        if isinstance(target, ast.Name):
            scope[target.id] = item
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = list(self._walk(item))
            if len(parts) != len(target.elts):
                raise ValueError(f"cannot unpack {len(parts)} values into {len(target.elts)} names")
            for inner, part in zip(target.elts, parts):
                self._bind(inner, part, scope)
        else:
            raise Refused("only names can be bound while looking")

    # ---- guards

    def _walk(self, items):
        """Iterates over what can be iterated without running code, burning fuel."""
        kind = type(items)
        iterate = next((base.__iter__ for base in (*_CONTAINERS, deque) if static.is_a(items, base)), None)
        if iterate is None and kind not in _ITERABLE:
            raise Refused(f"going through the type {type_name(kind)} would run its code or use it up")
        for item in iterate(items) if iterate else items:
            self._burn(1)
            yield item

    def _all(self, items):
        if type(items) not in _CONTAINERS:
            return list(self._walk(items))
        self._burn(len(items) // 50)
        return list(items)

    def _exact(self, value, *kinds):
        if type(value) not in kinds:
            raise Refused(f"this would run code of the type {type_name(type(value))}")
        return value

    def _plain(self, value):
        """The value, once it is certain that neither it nor anything inside brings code of its own."""
        kind = type(value)
        if kind in _ATOMS or kind is bytearray or kind is slice:
            return value
        if kind not in _CONTAINERS and kind not in _VIEWS:
            raise Refused(f"this would run code of the type {type_name(kind)}")
        self._burn(1 + len(value) // 50)
        kinds = set(map(type, value))
        if kind is dict:
            kinds |= set(map(type, value.values()))
        if not kinds <= set(_ATOMS):
            for item in value:
                self._plain(item)
            for item in value.values() if kind is dict else ():
                self._plain(item)
        return value


def attribute(value, name):
    """An attribute as Python would give it, unless getting it would run code of the value."""
    if name == "__class__":
        return type(value)
    if name == "__dict__":
        return dict(static.attributes(value))
    found = static.attribute(value, name)
    if found is static.MISSING:
        raise AttributeError(f"'{type_name(type(value))}' object has no attribute '{name}'")
    kind = type(found)
    on_class = static.is_a(value, type)
    if kind in _BUILT_IN_FIELDS:
        owner = getattr(found, "__objclass__", None)
        return found if on_class and owner not in static.bases(type(value)) else found.__get__(value, type(value))
    if kind is types.FunctionType or kind in _BUILT_IN_METHODS:
        return found if on_class else found.__get__(value, type(value))
    if kind is staticmethod:
        return found.__func__
    if kind is classmethod:
        return types.MethodType(found.__func__, value if on_class else type(value))
    if static.is_a(value, enum.Enum) and name in ("name", "value"):
        return static.attributes(value)[f"_{name}_"]
    lies_in_itself = static.attributes(value).get(name, static.MISSING) is found
    if on_class or lies_in_itself or static.on_class(kind, "__get__") is static.MISSING:
        return found
    if kind is property and is_plain_data(value, type(value)):
        return found.__get__(value)
    raise Refused(f"reading {name} of the type {type_name(type(value))} would run its code; run it as a cell")


def _plain_slice(key):
    return all(type(part) in (int, bool, type(None)) for part in (key.start, key.stop, key.step))


def _size(value):
    return len(value) if isinstance(value, (*_CONTAINERS, str, bytes)) else 1


def _refuse_too_big(sign, left, right):
    """Refuses what would fill the memory or never end."""
    kinds = {type(left), type(right)}
    if kinds <= {int, bool}:
        bits = left.bit_length()
        if isinstance(sign, ast.Pow):
            bits *= abs(right)
        elif isinstance(sign, ast.LShift):
            bits += right
        else:
            bits += right.bit_length()
        too_big = bits > MAX_BITS
    elif isinstance(sign, ast.Mult) and kinds & {str, bytes, list, tuple}:
        sequence, count = (left, right) if type(right) is int else (right, left)
        too_big = type(count) is int and len(sequence) * count > MAX_LENGTH
    else:
        too_big = False
    if too_big:
        raise Refused("the result is too big to look at; run it as a cell")
