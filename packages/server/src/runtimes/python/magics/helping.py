"""x?, x??, name*?, %pinfo, %psource, %lsmagic, %magic, %quickref: what things are. Names are read, their code is not run."""

import builtins
import fnmatch
import linecache
import re
import sys
import types

from .. import static
from ..errors import UsageError
from ..guards import Refused
from ..reader import read
from ..saferepr import Text, signature
from ..static import Kinds, clean, type_name
from . import table

MAX_SOURCE = 24_000


def tell(call, level):
    """What ``x?`` prints; ``x??`` adds the source."""
    wanted = call.line
    if not wanted:
        return quick_reference(call)
    if wanted.startswith("%"):
        return _about_magic(wanted.lstrip("%"), level)
    if "*" in wanted:
        return _matching(call, wanted)
    try:
        value = _find(call, wanted)
    except (NameError, AttributeError, KeyError, IndexError, SyntaxError):
        if table.is_line_magic(wanted) or wanted in table.cell_magics:
            return _about_magic(wanted, level)
        print(f"Object `{wanted}` not found.")
        return None
    except Refused as refusal:
        print(f"`{wanted}` was not looked at: {refusal}")
        return None
    print("\n".join(_facts(value, level)))
    return None


def _find(call, wanted):
    names = {**call.names, **call.locals} if call.locals else call.names
    return read(wanted, names)


def _facts(value, level):
    """As IPython tells them: signature, type, text, file, then the docs or the source."""
    form = call_form(value)
    if form:
        yield f"{'Init signature' if static.is_a(value, type) else 'Signature'}: {form}"
    kind = type(value)
    if not _is_code(value):
        yield f"Type:        {type_name(kind)}"
        text = Text(400, run=False).of(value)
        yield f"String form: {text}"
        if kind in _COUNTED:
            yield f"Length:      {len(value)}"
    place = place_of(value)
    source = source_of(value) if level > 1 else None
    if source:
        yield f"Source:\n{source.rstrip()}"
    else:
        doc = doc_of(value)
        yield f"Docstring:{_below(doc)}" if doc else "Docstring: <no docstring>"
        if static.is_a(value, type) and (doc := _doc_in(static.on_class(value, "__init__"))):
            yield f"Init docstring:{_below(doc)}"
    if place:
        yield f"File:        {place[0]}"
    if _is_code(value):
        yield f"Type:        {type_name(kind)}"


def _below(text):
    return f"\n{text}" if "\n" in text else f" {text}"


_CODE = Kinds(
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodDescriptorType, types.WrapperDescriptorType
)
_WRAPPERS = Kinds(staticmethod, classmethod)
_COUNTED = Kinds(str, bytes, list, tuple, dict, set, frozenset)


def _is_code(value):
    return type(value) in _CODE or static.is_a(value, type)


def _function(value):
    """The Python function behind a value, if one is."""
    if type(value) is types.MethodType:
        value = value.__func__
    if type(value) in _WRAPPERS:
        value = value.__func__
    if type(value) is property:
        value = value.fget
    wrapped = static.lookup(static.attributes(value), "__wrapped__") if type(value) is types.FunctionType else None
    return wrapped if type(wrapped) is types.FunctionType else value


def _name_of(value):
    if static.is_a(value, type):
        return static.short_name(value)
    inner = _function(value)
    return clean(static.plain_text(inner.__name__)) if type(inner) in _CODE else ""


def call_form(value):
    """How it is called: its name with its parameters."""
    name = _name_of(value)
    inner = _function(value)
    if static.is_a(value, type):
        inner = static.on_class(value, "__init__")
        if type(inner) is not types.FunctionType:
            inner = static.on_class(value, "__new__")
        if type(inner) is not types.FunctionType:
            return None
    if type(inner) is types.FunctionType:
        form = signature(inner)
        bound = static.is_a(value, type) or type(value) is types.MethodType
        return name + (re.sub(r"^\(\w+(?:, )?", "(", form) if bound else form)
    form = getattr(inner, "__text_signature__", None) if type(inner) in _CODE else None
    return name + re.sub(r"\$\w+(, )?(/, )?", "", form) if type(form) is str else None


def doc_of(value):
    documented = value if _is_code(value) or type(value) is types.ModuleType or type(value) is property else type(value)
    own = _doc_in(_function(documented))
    if own or type(value) is not types.ModuleType:
        return own
    return ""


def _doc_in(value):
    import inspect

    if static.is_a(value, type):
        docs = (static.lookup(static.class_dict(base), "__doc__") for base in static.bases(value))
        found = next((doc for doc in docs if type(doc) is str), "")
    elif type(value) is types.ModuleType:
        found = static.lookup(static.attributes(value), "__doc__")
    elif type(value) in _CODE or type(value) is property:
        found = value.__doc__
    else:
        found = None
    return clean(inspect.cleandoc(found)) if type(found) is str else ""


def place_of(value):
    """The file and the first line of what it comes from."""
    inner = _function(value)
    if type(inner) is types.FunctionType:
        return inner.__code__.co_filename, inner.__code__.co_firstlineno
    if type(value) is types.ModuleType:
        path = static.lookup(static.attributes(value), "__file__")
        return (path, 1) if type(path) is str else None
    kind = value if static.is_a(value, type) else type(value)
    for name, found in static.class_dict(kind).items():
        if type(found) is types.FunctionType and found.__code__.co_filename != "<string>":
            return found.__code__.co_filename, _class_line(kind, found.__code__)
    return None


def _class_line(kind, code):
    first = static.lookup(static.class_dict(kind), "__firstlineno__")
    if type(first) is int:
        return first
    lines = linecache.getlines(code.co_filename)
    pattern = re.compile(rf"[ \t]*class\s+{re.escape(static.short_name(kind))}\b")
    for number in range(min(code.co_firstlineno, len(lines)), 0, -1):
        if pattern.match(lines[number - 1]):
            return number
    return code.co_firstlineno


def source_of(value):
    """The source, from the file or from the cell that it stands in."""
    import inspect

    place = place_of(value)
    if place is None:
        return ""
    filename, first = place
    linecache.checkcache(filename)
    lines = linecache.getlines(filename)
    if type(value) is types.ModuleType:
        return clean("".join(lines))[:MAX_SOURCE]
    if not lines or first > len(lines):
        return ""
    try:
        block = inspect.getblock(lines[first - 1 :])
    except (IndentationError, SyntaxError):
        return ""
    return clean("".join(block))[:MAX_SOURCE]


def _matching(call, pattern):
    """Names that fit a pattern: of variables and built-ins, or of the attributes of what stands before the last dot."""
    head, _dot, last = pattern.rpartition(".")
    if not head:
        found = {*call.names, *(call.locals or ()), *builtins.__dict__}
    else:
        try:
            found = static.names(_find(call, head))
        except Exception:
            print(f"Object `{head}` not found.")
            return None
    hidden = last.startswith("_")
    fitting = (name for name in found if type(name) is str and name.isidentifier() and fnmatch.fnmatchcase(name, last))
    for name in sorted(name for name in fitting if hidden or not name.startswith("_")):
        print(f"{head}.{name}" if head else name)
    return None


def _about_magic(name, level):
    call = table.line_magics.get(name) or table.cell_magics.get(name)
    if call is None:
        table.find("magic", name)
    forms = [sign + name for sign, known in (("%", table.line_magics), ("%%", table.cell_magics)) if name in known]
    print(f"{', '.join(forms)}: {call.__doc__}")
    if level > 1:
        print(f"Source:\n{source_of(call)}")


@table.line("pinfo")
def info(call):
    """What a name is, as name? tells."""
    return tell(call, 1)


@table.line("pinfo2")
def more_info(call):
    """What a name is with its source, as name?? tells."""
    return tell(call, 2)


@table.line("psearch")
def search(call):
    """Names that fit a pattern: %psearch a*."""
    return tell(call, 1)


def _value(call):
    try:
        return _find(call, call.line)
    except Refused as refusal:
        raise UsageError(f"{call.line} was not looked at: {refusal}") from None
    except (NameError, AttributeError, KeyError, IndexError, SyntaxError):
        raise UsageError(f"there is no {call.line or 'name given'}") from None


@table.line("pdoc")
def print_doc(call):
    """Print what is documented of a name."""
    print(doc_of(_value(call)) or f"No documentation found for {call.line}")


@table.line("pdef")
def print_definition(call):
    """Print how a name is called."""
    print(call_form(_value(call)) or f"{call.line} is not called")


@table.line("psource")
def print_source(call):
    """Print the source of a name."""
    print(source_of(_value(call)).rstrip() or f"No source found for {call.line}")


@table.line("pfile")
def print_file(call):
    """Print the file that a name comes from."""
    place = place_of(_value(call))
    if place is None:
        raise UsageError(f"{call.line} comes from no file")
    print("".join(linecache.getlines(place[0])), end="")


@table.line("lsmagic")
def list_magics(call):
    """List all magics."""
    print("Available line magics:")
    print("  ".join(f"%{name}" for name in sorted(table.line_magics)))
    print("\nAvailable cell magics:")
    print("  ".join(f"%%{name}" for name in sorted(table.cell_magics)))
    print(f"\nAutomagic is {'ON, % prefix IS NOT' if table.automatic else 'OFF, % prefix IS'} needed for line magics.")


@table.line("magic")
def about_magics(call):
    """What every magic does, in a line each."""
    told = {}
    for sign, known in (("%", table.line_magics), ("%%", table.cell_magics)):
        for name, run in known.items():
            told.setdefault(run, []).append(sign + name)
    for run, forms in sorted(told.items(), key=lambda one: one[1][0].strip("%")):
        print(f"{', '.join(forms)}: {run.__doc__}")


_QUICKREF = """\
obj?, obj??        what it is; with its source      name*?          names that fit
%magic             a magic, for one line            %%magic         a magic for the whole cell
x = %magic         its result in a variable         %lsmagic        all of them
!cmd, !!cmd        a command; its lines as result   x = !cmd        its lines in a variable
{expr}, $name      filled in, in commands and magics ($$ is a dollar)
_, __, ___         the last results                 _5, Out[5]      the result of cell 5
_i, _ii, _iii      the last inputs                  _i5, In[5]      the code of cell 5
%history -n        cells with their numbers         %recall 5       its code again
%time, %timeit     how long code takes              %who, %whos     names that were defined
%run file.py       a file as a program              %debug          the debugger at the last error
expr;              a semicolon: no result is shown"""


@table.line("quickref")
def quick_reference(call):
    """All this on one page."""
    print(_QUICKREF)
