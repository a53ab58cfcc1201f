"""%debug, %pdb, %tb, %xmode: looking for what went wrong."""

import sys
import types

from .. import errors
from ..errors import UsageError
from . import table


def debugger():
    """pdb, with its questions asked of whoever is attached."""
    import pdb

    return pdb.Pdb(nosigint=True)


@table.line("debug", takes_code=True)
@table.cell("debug")
def debug(call):
    """The debugger where the last error was raised; with code, the debugger from its first line on."""
    text, place = (call.line, call.place) if call.body is None else (call.body, call.body_place)
    if text.strip():
        for code in call.compile(text, place):
            debugger().runeval(code, call.names, call.locals or call.names)
        return
    if call.cells.last_error is None:
        raise UsageError("no cell has raised an error that could be looked into")
    post_mortem(call.cells.last_error)


def post_mortem(error):
    """Without our own frames: they are not what anybody looks for."""
    trace = None
    for place in reversed(errors.their_places(error)):
        trace = types.TracebackType(trace, place.tb_frame, place.tb_lasti, place.tb_lineno)
    if trace is None:
        print("The error has no place to look into.")
        return
    mortuary = debugger()
    mortuary.reset()
    try:
        mortuary.interaction(None, trace)
    except EOFError:
        pass  # nobody answered any more


@table.line("pdb")
def debug_always(call):
    """The debugger at every error from now on: %pdb on, %pdb off, %pdb changes it."""
    call.cells.debugs = _wished(call, not call.cells.debugs)
    print(f"Automatic pdb calling has been turned {'ON' if call.cells.debugs else 'OFF'}")


def _wished(call, otherwise):
    word = call.line.strip().lower()
    if word in ("", "on", "1", "off", "0"):
        return otherwise if not word else word in ("on", "1")
    raise UsageError(f"%{call.name} is on or off, not {word}")


@table.line("xmode")
def how_errors_read(call):
    """How errors are told: Plain as Python does, Context with the lines around, Verbose with values too, Minimal in one line."""
    word = call.line.strip().capitalize()
    if not word:
        word = errors.MODES[(errors.MODES.index(errors.mode) + 1) % len(errors.MODES)]
    if word not in errors.MODES:
        raise UsageError(f"the modes of errors are {', '.join(errors.MODES)}; not {word}")
    errors.mode = word
    print(f"Exception reporting mode: {word}")


@table.line("tb")
def traceback_again(call):
    """The last error once more; in another mode if wished: %tb Verbose."""
    if call.cells.last_error is None:
        raise UsageError("no cell has raised an error")
    before = errors.mode
    if call.line.strip():
        how = call.line.strip().capitalize()
        if how not in errors.MODES:
            raise UsageError(f"the modes of errors are {', '.join(errors.MODES)}; not {how}")
        errors.mode = how
    try:
        print(errors.describe(call.cells.last_error)["traceback"], end="", file=sys.stderr)
    finally:
        errors.mode = before
