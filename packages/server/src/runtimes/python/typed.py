"""Where in unfinished code the cursor stands: in a text, between brackets, behind a dot."""

import re

from .static import __builtins__

MAX_LOOKED_AT = 8000
_OPENING = {")": "(", "]": "[", "}": "{"}
_TOKEN = re.compile(r"""#[^\n]*|(?P<prefix>\b[rRbBuUfFtT]{1,2})?(?P<quote>\"{3}|'{3}|"|')|[()\[\]{}]""")


class Place:
    """``text``: all before the cursor. ``quote``: where the text that is being typed begins, None outside of one.
    ``brackets``: those that are open, each with its place."""

    def __init__(self, text):
        self.text = text[-MAX_LOOKED_AT:]
        self.brackets = []
        self.quote = None
        self.prefix = ""
        self._scan()

    def _scan(self):
        at = 0
        while found := _TOKEN.search(self.text, at):
            at = found.end()
            token = found[0]
            if found["quote"]:
                end = self._end_of_text(at, found["quote"])
                if end is None:
                    self.quote, self.prefix = at, (found["prefix"] or "").lower()
                    return
                at = end
            elif token in "([{":
                self.brackets.append((token, found.start()))
            elif token in _OPENING and self.brackets and self.brackets[-1][0] == _OPENING[token]:
                self.brackets.pop()

    def _end_of_text(self, at, quote):
        while at < len(self.text):
            if self.text[at] == "\\":
                at += 2
            elif self.text.startswith(quote, at):
                return at + len(quote)
            elif self.text[at] == "\n" and len(quote) == 1:
                return at  # it was never closed
            else:
                at += 1
        return None

    def call(self):
        """The function that the innermost bracket calls and what stands between it and the cursor, None without one."""
        if not self.brackets or self.brackets[-1][0] != "(":
            return None
        at = self.brackets[-1][1]
        called = subject(self.text[:at])
        return (called, self.text[at + 1 :]) if called else None


def subject(text):
    """The expression that ends a text: `f(x).a.b` of `y = f(x).a.b`."""
    start = len(text)
    depth = []
    while start > 0:
        character = text[start - 1]
        if character in _OPENING:
            depth.append(_OPENING[character])
        elif depth:
            if character == depth[-1]:
                depth.pop()
        elif not (character.isalnum() or character in "_.\"'"):
            break
        start -= 1
    return text[start:]
