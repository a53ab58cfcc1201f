"""The way out, to whoever shows values and asks people. What it is depends on what this Python runs in."""

_way = None


def connect(way):
    global _way
    _way = way


def ask(what, *details):
    """Asks for something and waits for the answer: ``display`` a value, a line of ``input``."""
    return _way(what, *details)
