"""Errors as people read them: what Python would print, without the frames that are not theirs."""

import builtins
import linecache
import sys
import traceback

from . import interrupts
from .saferepr import error_message, preview
from .static import MISSING, clean, is_a, on_class, type_name

MAX_TRACEBACK = 24 * 1024
MODES = ("Plain", "Context", "Verbose", "Minimal")
SEALED = sys.platform == "emscripten"
_AROUND = 2
# As it lies in the error: a class may have something of its own by that name.
traceback_of = BaseException.__dict__["__traceback__"].__get__
_HERE = __file__.rpartition("/")[0]
# Python 3.10 knows no groups.
_WITHOUT_FRAMES = (SyntaxError, getattr(builtins, "BaseExceptionGroup", SyntaxError))
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"

mode = "Plain"


class UsageError(Exception):
    """A magic was used as it cannot be. One sentence says it all; where it stands is plain to see."""


def describe(error):
    """What it is asked runs code of its own, which may fail in its turn: a word is left in any case."""
    name = type_name(type(error))
    if is_a(error, KeyboardInterrupt):
        return {"name": name, "message": "", "traceback": f"{_places_in_cells(error)}KeyboardInterrupt\n"}
    if is_a(error, SystemExit):
        message = "exit() ends the cell; the live Python goes on (restart it to begin anew)"
        return {"name": name, "message": message, "traceback": f"{name}: {message}\n"}
    message = error_message(error)
    if is_a(error, UsageError):
        return {"name": "UsageError", "message": message, "traceback": f"UsageError: {message}\n"}
    try:
        text = (_own_words(error) or _in_mode(error)) + _advice(error)
    except (KeyboardInterrupt, interrupts.TooLong):
        raise
    except BaseException as trouble:
        text = f"{_places_in_cells(error)}{name}: {message}\n(the rest could not be written: {type_name(type(trouble))})\n"
    return {"name": name, "message": message, "traceback": bounded(text)}


def _own_words(error):
    """Some errors bring their own way to be shown, as IPython taught them."""
    render = on_class(type(error), "_render_traceback_")
    if render is MISSING:
        return ""
    lines = render.__get__(error, type(error))()
    return "\n".join(map(str, lines)) + "\n" if lines else ""


def _in_mode(error):
    if is_a(error, SyntaxError) and not error.text and str(error.filename).startswith("<cell "):
        error.text = linecache.getline(error.filename, error.lineno or 0)
    if mode in ("Context", "Verbose") and not isinstance(error, _WITHOUT_FRAMES):
        return "".join(_with_surroundings(error))
    told = traceback.TracebackException(type(error), error, error.__traceback__, compact=True)
    _hide_helpers(told)
    return "".join(told.format_exception_only() if mode == "Minimal" else told.format())


def _advice(error):
    if not SEALED or not isinstance(error, ModuleNotFoundError) or not error.name or _could_be_made(error.name):
        return ""
    return (
        f"(the sealed Python has the standard library alone; /runtime cpython PATH changes to a Python of yours"
        f" that may have {error.name.partition('.')[0]})\n"
    )


def _could_be_made(name):
    """A part of a module that is there is missing: no other Python would have it."""
    return name.partition(".")[0] in sys.modules


def _hide_helpers(whole):
    """Drops this package's frames, and what stands before the first frame of a cell: how it came to run."""
    seen, waiting = set(), [whole]
    while waiting:
        told = waiting.pop()
        if told is None or id(told) in seen:
            continue
        seen.add(id(told))
        frames = list(told.stack)
        told.stack[:] = _theirs(frames, lambda frame: frame.filename)
        if frames and is_helper(frames[-1].filename) and issubclass(told.exc_type, SyntaxError):
            told.stack[:] = []  # what a magic was given is no Python: the error itself says where
        waiting += (told.__cause__, told.__context__, *(getattr(told, "exceptions", None) or ()))


def _theirs(frames, filename):
    first = next((index for index, frame in enumerate(frames) if filename(frame).startswith("<cell ")), None)
    if first is None and frames and is_helper(filename(frames[0])):
        # None of ours called it by way of a cell: what we called ourselves may still be theirs, as a script is.
        first = next((index for index, frame in enumerate(frames) if not is_helper(filename(frame))), len(frames))
    frames = frames[first or 0 :]
    return [frame for at, frame in enumerate(frames) if not is_helper(filename(frame)) and not _only_calls(frames, at, filename)]


def _only_calls(frames, at, filename):
    """The place of a magic that runs code from the same lines: the code's own place says it better."""
    after = next((later for later in frames[at + 1 :] if not is_helper(filename(later))), None)
    return (
        after is not None
        and is_helper(filename(frames[at + 1]))
        and filename(after) == filename(frames[at])
        and _function_of(after) == "<module>"
    )


def _function_of(frame):
    return frame.name if isinstance(frame, traceback.FrameSummary) else frame.tb_frame.f_code.co_name


def is_helper(filename):
    return filename.startswith(_HERE)


def their_places(error):
    """Where in people's own code it was raised: the places of its traceback, without ours."""
    places, place = [], traceback_of(error)
    while place is not None:
        places.append(place)
        place = place.tb_next
    return _theirs(places, lambda one: one.tb_frame.f_code.co_filename)


def _with_surroundings(error):
    """The lines around each place; in the mode Verbose the values of what is local there, too."""
    for at, (one, told) in enumerate(_one_after_the_other(error)):
        if at > 0:
            yield _CAUSE if one.__cause__ is not None else _CONTEXT
        yield from _surroundings_of(one)
        yield from told.format_exception_only()


def _one_after_the_other(error):
    """What led to it, the first of all first: each with what it says."""
    chain = []
    told = traceback.TracebackException(type(error), error, None, compact=True)
    while told is not None:
        chain.append((error, told))
        caused = told.__cause__ is not None
        error, told = (error.__cause__, told.__cause__) if caused else (error.__context__, told.__context__)
    return reversed(chain)


def _surroundings_of(error):
    yield "Traceback (most recent call last):\n"
    for place in their_places(error):
        frame, line = place.tb_frame, place.tb_lineno
        yield f"{frame.f_code.co_filename}:{line}, in {frame.f_code.co_name}\n"
        for number in range(max(1, line - _AROUND), line + _AROUND + 1):
            text = linecache.getline(frame.f_code.co_filename, number)
            if text:
                arrow = "---->" if number == line else "     "
                yield f"{arrow} {number:>4} {text.rstrip()}\n"
        if mode == "Verbose":
            yield from _locals_of(frame)
        yield "\n"


def _locals_of(frame):
    known = frame.f_locals
    wanted = known if frame.f_code.co_name != "<module>" else [n for n in frame.f_code.co_names if n in known]
    for name in list(wanted)[:50]:
        if not name.startswith("__"):
            yield f"        {clean(name)} = {preview(known[name])}\n"


def _places_in_cells(error):
    """The last of them."""
    frames = [frame for frame in traceback.extract_tb(traceback_of(error)) if frame.filename.startswith("<cell ")]
    return clean("".join(traceback.format_list(frames[-3:])))


def bounded(text):
    """Its beginning and its end: the error itself stands in the last line."""
    encoded = clean(text).encode("utf-8")
    if len(encoded) <= MAX_TRACEBACK:
        return encoded.decode("utf-8")
    half = MAX_TRACEBACK // 2
    head, tail = (part.decode("utf-8", "ignore") for part in (encoded[:half], encoded[-half:]))
    return f"{head}\n... {len(encoded) - MAX_TRACEBACK} bytes left out ...\n{tail}"
