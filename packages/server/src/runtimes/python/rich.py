"""The richer forms of a value: what it says of itself as a page, as text with marks, as a picture."""

import base64
import sys
from json import dumps

from . import figures, interrupts
from .saferepr import error_message
from .static import MISSING, Kinds, clean, is_a, on_class, type_name

# As JSON carries it; one frame of a kernel is 8 MiB at most.
MAX_FORMS = 6 * 1024 * 1024
MAX_KINDS = 8
MAX_KIND = 100
_PLAIN = Kinds(int, float, complex, bool, str, bytes, list, tuple, dict, set, frozenset, type(None))
_METHODS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_latex_": "text/latex",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
    "_repr_json_": "application/json",
    "_repr_javascript_": "application/javascript",
    "_repr_pdf_": "application/pdf",
}


def forms(value):
    """The forms by their kinds, and a sentence for each that is too large to be shown."""
    if type(value) in _PLAIN:
        return {}, []
    made = {}
    offered = _asked(value, "_repr_mimebundle_", include=None, exclude=None)
    if type(offered) is tuple and offered:
        offered = offered[0]
    if type(offered) is dict:
        made.update(offered)
    for method, kind in _METHODS.items():
        if kind not in made and (form := _asked(value, method)) is not None:
            made[kind] = form[0] if type(form) is tuple and form else form
    figure = sys.modules.get("matplotlib.figure")
    if figure is not None and is_a(value, figure.Figure):
        made.update(_drawn(value))
    return bounded(made)


def bounded(made):
    kept, sentences = {}, []
    room = MAX_FORMS
    if len(made) > MAX_KINDS:
        sentences.append(f"[{len(made) - MAX_KINDS} more forms are not shown: a value has at most {MAX_KINDS}]")
    for kind, form in list(made.items())[:MAX_KINDS]:
        text = _as_text(kind, form) if type(kind) is str and len(kind) <= MAX_KIND else ""
        if not text:
            continue
        weight = len(text) if len(text) > room else len(dumps(text))
        if weight > room:
            sentences.append(
                f"[its form {kind} of {weight / 2**20:.1f} MiB is not shown: there is room for"
                f" {MAX_FORMS / 2**20:.0f} MiB; make it smaller or save it to a file]"
            )
            continue
        kept[kind] = text
        room -= weight
    return kept, sentences


def _as_text(kind, form):
    """Bytes travel as base64, as Jupyter has it; what is no text travels as JSON."""
    if isinstance(form, (bytes, bytearray)):
        return base64.b64encode(form).decode("ascii")
    if isinstance(form, str):
        return clean(str.__str__(form))
    if kind.endswith("json") and form is not None:
        try:
            return dumps(form)
        except (TypeError, ValueError, RecursionError):
            return ""
    return ""


def _asked(value, method, **options):
    """What a method of the value's class gives; None where it has none, or where it fails: the plain text is there."""
    run = on_class(type(value), method)
    if run is MISSING or run is None:
        return None
    try:
        return run.__get__(value, type(value))(**options)
    except BaseException as error:
        return _told_of(error, f"{method} of {type_name(type(value))}")


def _drawn(figure):
    try:
        return figures.forms(figure)
    except BaseException as error:
        return _told_of(error, "drawing the figure") or {}


def _told_of(error, what):
    if isinstance(error, (KeyboardInterrupt, interrupts.TooLong)):
        raise error
    print(f"({what} raised {type_name(type(error))}: {error_message(error)})", file=sys.stderr)

