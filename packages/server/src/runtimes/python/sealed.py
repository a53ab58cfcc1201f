"""What only the embedded Python does: it refuses in words what it cannot do, and forgets the bridges to JavaScript.

The seal itself is not here: it is in what the WebAssembly module may import. This only makes the refusals readable."""

import asyncio
import os
import sys

import posix


def refused(command):
    raise PermissionError("this Python is sealed: it runs no commands on your machine")


def install():
    posix.system = os.system = refused
    asyncio.run = asyncio.runners.run
    sys.modules["__main__"].__dict__.pop("_pyodide_core", None)
    for name in list(sys.modules):
        if name.partition(".")[0] in ("js", "pyodide", "pyodide_js", "_pyodide", "_pyodide_core"):
            del sys.modules[name]
    sys.meta_path[:] = [finder for finder in sys.meta_path if "pyodide" not in type(finder).__module__]
