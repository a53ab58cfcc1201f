"""Shows values among the output of a cell, as its result would be shown."""

import itertools
import sys

from . import host, values
from .static import MISSING, on_class

# Whoever collects what is displayed instead of showing it; the innermost counts.
collectors = []
_said = set()
_ids = itertools.count(1)


class DisplayHandle:
    """What was displayed under an id. The session's log only grows: an update is shown anew, behind what there is."""

    def __init__(self, display_id):
        self.display_id = display_id

    def display(self, value, **options):
        display(value, **options)

    def update(self, value, **options):
        update_display(value, display_id=self.display_id, **options)

    def __repr__(self):
        return f"<DisplayHandle display_id={self.display_id}>"


def display(*shown, display_id=None, raw=False, **_options):
    """Show values among the output of the cell, as a result would be shown."""
    for value in shown:
        if raw:
            publish(values.bundle_of_forms(value))
        elif not shows_itself(value):
            publish(values.bundle(value))
    if display_id is None:
        return None
    return DisplayHandle(f"display-{next(_ids)}" if display_id is True else display_id)


def shows_itself(value):
    run = on_class(type(value), "_ipython_display_")
    if run is MISSING or run is None:
        return False
    try:
        run.__get__(value, type(value))()
        return True
    except NotImplementedError:
        return False


def publish(told):
    if collectors:
        collectors[-1].append(told)
        return
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    host.ask("display", told)


def update_display(value, *, display_id, **options):
    _say_once("a display that is updated is shown anew, below what there is")
    display(value, **options)


def publish_display_data(data, metadata=None, **_options):
    publish(values.bundle_of_forms(data))


def clear_output(wait=False):
    """Nothing is taken away: what was shown stays in the session's log, and everybody has it."""
    _say_once("what was shown stays in the session's log; what comes now is shown below it")


def _say_once(sentence):
    if not collectors and sentence not in _said:
        _said.add(sentence)
        print(f"({sentence})", file=sys.stderr)
