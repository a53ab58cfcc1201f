"""%%capture, and cells that are shown as what they are: %%html, %%markdown, %%latex, %%svg."""

import contextlib
import io
import sys

from .. import backend, display
from ..errors import UsageError
from . import table


class CapturedIO:
    """What a cell printed and displayed. Calling it, or .show(), shows it again."""

    def __init__(self, stdout, stderr, outputs):
        self.stdout, self.stderr, self._outputs = stdout, stderr, outputs

    @property
    def outputs(self):
        return [RichOutput(told) for told in self._outputs]

    def show(self):
        sys.stdout.write(self.stdout)
        sys.stderr.write(self.stderr)
        for told in self._outputs:
            display.publish(told)

    __call__ = show

    def __str__(self):
        return self.stdout


class RichOutput:
    """One thing that was displayed, by its forms."""

    def __init__(self, told):
        self._told = told
        self.data = {"text/plain": told["text"], **told.get("bundle", {})}

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.data

    def __repr__(self):
        return self._told["text"]

    def display(self):
        display.publish(self._told)


@table.cell("capture")
async def capture(call):
    """Run the lines below and keep what they print and display: %%capture NAME. --no-stdout, --no-stderr, --no-display are not kept."""
    words = call.line.split()
    known = {"--no-stdout", "--no-stderr", "--no-display"}
    names = [word for word in words if not word.startswith("--")]
    unknown = [word for word in words if word.startswith("--") and word not in known]
    if unknown or len(names) > 1:
        raise UsageError("%%capture wants one name at most, and knows --no-stdout, --no-stderr, --no-display")
    out, err = io.StringIO(), io.StringIO()
    outputs = []
    try:
        with contextlib.ExitStack() as stack:
            if "--no-stdout" not in words:
                stack.enter_context(contextlib.redirect_stdout(out))
            if "--no-stderr" not in words:
                stack.enter_context(contextlib.redirect_stderr(err))
            if "--no-display" not in words:
                stack.enter_context(_collected(outputs))
            value = await call.run(call.body, call.body_place)
            if value is not None and not call.body.rstrip().endswith(";"):
                display.display(value)
    finally:
        if names:
            call.names[names[0]] = CapturedIO(out.getvalue(), err.getvalue(), outputs)


@contextlib.contextmanager
def _collected(outputs):
    display.collectors.append(outputs)
    try:
        yield
        backend.show_open()
    finally:
        display.collectors.pop()


_KINDS = {"html": "text/html", "markdown": "text/markdown", "latex": "text/latex", "svg": "image/svg+xml", "HTML": "text/html", "SVG": "image/svg+xml", "javascript": "application/javascript", "js": "application/javascript"}


@table.cell(*_KINDS)
def show(call):
    """Show the lines below as what they are."""
    display.display({_KINDS[call.name]: call.body, "text/plain": call.body.strip()}, raw=True)
