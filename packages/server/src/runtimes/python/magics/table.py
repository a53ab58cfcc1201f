"""Which magics there are, how they are found, and what they are given."""

import inspect
import re

from ..errors import UsageError
from .absent import INSTEAD

line_magics, cell_magics = {}, {}
# Whether a magic may be typed without its sign.
automatic = True
_WAITS = re.compile(r"\b(?:await|async)\b")


def line(*names, takes_code=False):
    """Registers what ``%name rest`` does. Code is handed on as it is; in everything else {x} and $x are filled in."""

    def register(call):
        call.takes_code = takes_code
        line_magics.update(dict.fromkeys(names, call))
        return call

    return register


def cell(*names):
    """Registers what ``%%name`` does with the lines below it."""

    def register(call):
        cell_magics.update(dict.fromkeys(names, call))
        return call

    return register


def is_line_magic(name):
    return name in line_magics


def is_typed_bare(name):
    return automatic and name in line_magics


def awaits(found):
    """Whether it runs code that may await: then the cell waits for it, in the same event loop."""
    known = {"magic": line_magics, "cell": cell_magics}.get(found.kind, {}).get(found.words[0])
    return inspect.iscoroutinefunction(known) and any(_WAITS.search(words) for words in found.words[1:])


def find(kind, name):
    known, others = (line_magics, cell_magics) if kind == "magic" else (cell_magics, line_magics)
    if name in known:
        return known[name]
    sign, other = ("%", "%%") if kind == "magic" else ("%%", "%")
    if name.startswith("%"):
        raise UsageError(f"%{name} takes the whole cell: it must be in its first line")
    if name in others:
        how = "it takes the lines below it" if kind == "magic" else "it takes one line"
        raise UsageError(f"there is no {sign}{name}, but {other}{name}: {how}")
    if name in INSTEAD:
        raise UsageError(f"there is no {sign}{name} here: {INSTEAD[name]}")
    import difflib

    near = difflib.get_close_matches(name, known, 1) or difflib.get_close_matches(name, others, 1)
    hint = f"the nearest is {sign if near[0] in known else other}{near[0]}; " if near else ""
    raise UsageError(f"there is no magic {sign}{name}; {hint}%lsmagic lists them all")


def complete(text):
    """Names of magics for what is typed at the end of a line: what is typed of them, and what it can become. None where
    no magic can stand."""
    typed = re.search(r"(?:^|[=:;])[ \t]*(%{1,2}\w*)$", text)
    if typed is None:
        return None
    word = typed[1]
    cells = [f"%%{name}" for name in cell_magics]
    lines = [] if word.startswith("%%") else [f"%{name}" for name in line_magics]
    return word, sorted(name for name in [*lines, *cells] if name.startswith(word))


def options(text, flags, values="", strict=True):
    """Splits ``-n 5 -q rest`` into its options and the rest as it stands. ``flags`` are letters without a value."""
    given = {}
    rest = text.lstrip()
    while match := re.match(r"-(-|\w)(\S*)\s*", rest):
        letter, more = match[1], match[2]
        if letter == "-":
            return given, rest[2:].lstrip() if not more else rest
        if letter in values:
            after = rest[match.end() :]
            if not more:
                taken = re.match(r"\S+", after)
                if taken is None:
                    raise UsageError(f"the option -{letter} wants a value")
                more, after = taken[0], after[taken.end() :]
            given[letter], rest = more, after.lstrip()
        elif letter in flags and set(more) <= set(flags):
            given.update(dict.fromkeys(letter + more, True))
            rest = rest[match.end() :]
        elif strict:
            known = " ".join(f"-{one}" for one in flags + values)
            raise UsageError(f"there is no option -{letter}; known are {known}" if known else f"there is no option -{letter}")
        else:
            break
    return given, rest.rstrip()


def number(text, name):
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{name} is a number, not {text}") from None
