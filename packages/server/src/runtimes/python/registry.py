"""What others add to looking, from a start-up file or a module that a cell imports:

    from _daimon import registry
    registry.add_type("torch", "Tensor", lambda value: {"shape": tuple(value.shape), "dtype": str(value.dtype)})
    registry.add_capability("x.columns", lambda value: ", ".join(value.columns))

A type's summary is shown wherever a value of it is met, and promises to read and to run no code of the value. A
capability is asked for by its name, which begins with x., and gets the value of an expression that was read. It may run
what it likes: the answer says that it ran.
"""

import re

from . import summaries
from .static import __builtins__

capabilities = {}


def add_type(module, name, summarise):
    """``summarise(value)`` gives a dict of plain values, such as shape, dtype and sample, or None."""
    summaries.TABLE.insert(0, (module, name, summarise))


def add_capability(name, look):
    """``look(value)`` gives a text."""
    if not re.fullmatch(r"x\.[a-z][a-z0-9_]{0,40}", name):
        raise ValueError(f"the name of an added capability is x. and small letters, not {name!r}")
    capabilities[name] = look
