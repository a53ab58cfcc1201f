"""Figures of matplotlib are shown in the session: those that are open at the end of a cell, then they are closed, as
people know it. matplotlib is never imported from here: we do our part when somebody does.
"""

import os
import sys

from . import display, figures, imports

_MODULE = "_daimon_inline"
_NAME = f"module://{_MODULE}"


def prepare(matplotlib):
    """matplotlib was just imported: pictures are drawn for us, unless its user chose otherwise. Where there is no window
    people write agg, so that nothing fails; here figures are shown."""
    if os.environ.get("MPLBACKEND", "").lower() in ("", "agg"):
        matplotlib.use(_NAME)


def use_inline():
    import matplotlib

    matplotlib.use(_NAME)


def show_open():
    """At the end of a cell. What the cell has shown itself is only closed."""
    pylab = sys.modules.get("matplotlib._pylab_helpers")
    managers = pylab.Gcf.get_all_fig_managers() if pylab is not None and _is_ours() else []
    try:
        for manager in managers:
            if id(manager.canvas.figure) not in figures.shown:
                display.display(manager.canvas.figure)
    finally:
        figures.shown.clear()
        if managers:
            pylab.Gcf.destroy_all()


def _is_ours():
    # Asking in the usual way would choose one.
    return dict.get(sys.modules["matplotlib"].rcParams, "backend") == _NAME


def show(*_args, **_options):
    """What ``plt.show()`` calls."""
    show_open()


def _fill(module):
    """The backend as matplotlib wants it, when it asks for it."""
    from matplotlib.backend_bases import FigureManagerBase
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    module.FigureCanvas, module.FigureManager, module.show = FigureCanvasAgg, FigureManagerBase, show


def install():
    imports.stand_in(_MODULE, _fill)
    imports.after("matplotlib", prepare)
