"""``from IPython.display import display, HTML``: people write it out of habit. Where IPython is installed its classes
are its own and only what shows is ours; where it is not, the usual ones stand in."""

import base64
import builtins
import os
from json import dumps

from . import display as ours
from . import imports


class DisplayObject:
    """Data of one kind, given as it is or as the name of a file that holds it."""

    _binary = False

    def __init__(self, data=None, url=None, filename=None, metadata=None, **_options):
        if data is not None and filename is None and url is None and not self._binary:
            filename = os.fspath(data) if isinstance(data, os.PathLike) else None
        self.data, self.url, self.filename, self.metadata = data, url, filename, metadata
        self.reload()

    def reload(self):
        if self.filename is not None:
            with open(self.filename, "rb" if self._binary else "r") as file:
                self.data = file.read()

    def __repr__(self):
        return f"<IPython.core.display.{type(self).__name__} object>"


class HTML(DisplayObject):
    def _repr_html_(self):
        return self.data


class Markdown(DisplayObject):
    def _repr_markdown_(self):
        return self.data


class Latex(DisplayObject):
    def _repr_latex_(self):
        return self.data


class Math(DisplayObject):
    def _repr_latex_(self):
        return f"$\\displaystyle {self.data.strip('$')}$"


class SVG(DisplayObject):
    def _repr_svg_(self):
        return self.data.decode() if isinstance(self.data, bytes) else self.data


class Javascript(DisplayObject):
    def _repr_javascript_(self):
        return self.data


class JSON(DisplayObject):
    def _repr_json_(self):
        return self.data


class Pretty(DisplayObject):
    def __repr__(self):
        return str(self.data)


class Code(DisplayObject):
    def __repr__(self):
        return str(self.data)

    def _repr_html_(self):
        escaped = self.data.replace("&", "&amp;").replace("<", "&lt;")
        return f"<pre><code>{escaped}</code></pre>"


class IFrame:
    def __init__(self, src, width, height, **params):
        self.src, self.width, self.height, self.params = src, width, height, params

    def _repr_html_(self):
        source = dumps(self.src)
        return f"<iframe src={source} width={dumps(str(self.width))} height={dumps(str(self.height))}></iframe>"


class Image(DisplayObject):
    """A picture from its bytes, from a file or from an address. Its kind is read from its first bytes."""

    _binary = True
    _KINDS = {b"\x89PNG": "png", b"\xff\xd8": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}

    def __init__(self, data=None, url=None, filename=None, format=None, width=None, height=None, **options):
        if isinstance(data, (str, os.PathLike)) and not isinstance(data, bytes):
            text = os.fspath(data)
            data, url, filename = (None, text, filename) if "://" in text else (None, url, text)
        self.width, self.height = width, height
        super().__init__(data, url, filename, **options)
        found = next((kind for start, kind in self._KINDS.items() if bytes(self.data or b"").startswith(start)), "png")
        self.format = (format or found).lower().replace("jpg", "jpeg")

    def _repr_mimebundle_(self, include=None, exclude=None):
        if self.data is None:
            return {"text/html": f"<img src={dumps(self.url)}>"}
        return {f"image/{self.format}": base64.b64encode(self.data).decode("ascii")}


_SHOWS = ("display", "update_display", "clear_output", "DisplayHandle", "publish_display_data")
_CLASSES = (
    *(DisplayObject, HTML, Markdown, Latex, Math, SVG, Javascript, JSON, Pretty, Code, IFrame, Image),
)


def _fill_display(module):
    for kind in _CLASSES:
        kind.__module__ = "IPython.display"
        setattr(module, kind.__name__, kind)
    module.__all__ = [*_SHOWS, *(kind.__name__ for kind in _CLASSES)]
    _show_here(module)


def _fill_magic(module):
    """People's own magics are made by decorators of functions."""
    for kind in ("line", "cell", "line_cell"):
        decorate = _registering(kind)
        decorate.__name__ = f"register_{kind}_magic"
        setattr(module, decorate.__name__, decorate)


def _fill_shell(module):
    """People import it to say which expressions show their values."""
    module.InteractiveShell = type("InteractiveShell", (), {"__module__": "IPython.core.interactiveshell"})


def _registering(kind):
    def register(function):
        if callable(function):
            builtins.get_ipython().register_magic_function(function, kind)
            return function
        return lambda named: builtins.get_ipython().register_magic_function(named, kind, function) or named

    return register


def _show_here(module):
    for name in _SHOWS:
        if name == "clear_output" or name in module.__dict__ or not hasattr(module, "__file__"):
            setattr(module, name, getattr(ours, name))


def _fill_ipython(module):
    """No shell of IPython runs here: whoever asks for one is told so, as IPython does where none runs."""
    module.get_ipython = lambda: None
    module.version_info = (8, 0, 0, "")
    module.__version__ = "8.0.0"
    module.__path__ = []


def install():
    imports.stand_in("IPython", _fill_ipython, package=True)
    imports.stand_in("IPython.display", _fill_display)
    imports.stand_in("IPython.core", lambda module: None, package=True)
    imports.stand_in("IPython.core.display", _fill_display)
    imports.stand_in("IPython.core.magic", _fill_magic)
    imports.stand_in("IPython.core.interactiveshell", _fill_shell)
    for name in ("IPython.display", "IPython.core.display_functions"):
        imports.after(name, _show_here)
