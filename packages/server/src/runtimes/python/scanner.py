"""Finds in the text of a cell what is not Python: magics, commands and questions.

It knows strings, comments, brackets and continued lines, so that nothing inside them is taken for one. Python's own
tokenizer does not help: it stops at the first character that is none of its own.
"""

import re
import sys
from collections import namedtuple

_PREFIXES = {"r", "u", "b", "br", "rb", "f", "fr", "rf", "t", "tr", "rt"}
# Until 3.12 a formatted string ends at the first quote that is like its own.
_FIELDS_ARE_CODE = sys.version_info >= (3, 12)
_WORD = re.compile(r"\w+")
_MAGIC = re.compile(r"%(%?[A-Za-z_]\w*)[ \t]*")
_MAGIC_QUESTION = re.compile(r"(%{1,2}[A-Za-z_]\w*)(\?\??)[ \t]*(?=[\r\n]|$)")
_LINE = re.compile(r"(?:\\\r?\n|[^\r\n])*")
_CONTINUED = re.compile(r"[ \t]*\\\r?\n[ \t]*")
_STRING_STOPS = re.compile(r"[\\'\"\r\n{]")
_ASKED = re.compile(r"%{0,2}(?<![\w*.)\]])[\w*][\w*.]*(?:\[[^\[\]\r\n]*\][\w.]*)*$")
_QUESTION = re.compile(r"\?\??(?=[ \t]*(?:#[^\r\n]*)?(?:[\r\n]|$))")
_PREFIX_QUESTION = re.compile(r"(\?\??)[ \t]*((?:%{0,2}[\w*.][^\s?]*)?)[ \t]*(?=[\r\n]|$)")


# What stands at code[start:end], the words of it that count, and where the code that it is given begins.
Found = namedtuple("Found", "kind start end words inner")


def scan(code):
    """Everything in the code that is not Python, in order."""
    found = []
    at = depth = begin = 0
    # Whether a statement, or the value of an assignment, may stand here.
    opens = "statement"
    while at < len(code):
        character = code[at]
        if character in "\r\n":
            at += 1
            if depth == 0:
                opens, begin = "statement", at
            continue
        if character in " \t\f":
            at += 1
            continue
        if character == "\\" and code[at + 1 : at + 2] in ("\r", "\n"):
            at += 3 if code.startswith("\r\n", at + 1) else 2
            continue
        if character == "#":
            at = _LINE_END.search(code, at).start()
            continue
        one = _foreign(code, at, opens) if opens else None
        one = one or _question(code, at, begin)
        if one is not None:
            found.append(one)
            at, depth, opens = one.end, 0, None
            continue
        if opens == "statement":
            begin = at
        opens = None
        if word := _WORD.match(code, at):
            at = word.end()
            if word[0].lower() in _PREFIXES and code[at : at + 1] in ("'", '"'):
                at = _after_string(code, at, word[0].lower())
            continue
        if character in "'\"":
            at = _after_string(code, at, "")
            continue
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth = max(0, depth - 1)
        elif depth == 0 and character in ";:":
            opens = "statement"
        elif depth == 0 and character == "=" and _assigns(code, at):
            opens = "value"
        at += 1
    return found


_LINE_END = re.compile(r"(?=[\r\n])|$")


def _assigns(code, at):
    return code[at + 1 : at + 2] != "=" and code[at - 1 : at] not in tuple("=!<>:+-*/%@&|^~")


def _foreign(code, at, opens):
    """A magic or a command that begins here, up to the end of its line and of the lines that continue it."""
    character = code[at]
    if character == "%" and opens == "statement" and (match := _MAGIC_QUESTION.match(code, at)):
        return Found("help", at, match.end(), (match[1], len(match[2])), at)
    if character == "%" and (match := _MAGIC.match(code, at)):
        rest = _LINE.match(code, match.end())
        return Found("magic", at, rest.end(), (match[1], _joined(rest[0])), match.end())
    if character == "!":
        twice = opens == "statement" and code.startswith("!!", at)
        rest = _LINE.match(code, at + (2 if twice else 1))
        if not rest[0].strip() or code.startswith("!=", at):
            return None
        kind = "output" if twice or opens == "value" else "command"
        return Found(kind, at, rest.end(), (_joined(rest[0]).strip(),), at)
    if opens == "statement" and character == "?" and (match := _PREFIX_QUESTION.match(code, at)):
        return Found("help", at, match.end(), (match[2], len(match[1])), at)
    return None


def _question(code, at, begin):
    """``x?`` at the end of a line: all of the statement before it only says of what."""
    match = _QUESTION.match(code, at) if code[at] == "?" else None
    asked = match and _ASKED.search(code, begin, at)
    return Found("help", begin, match.end(), (asked[0], len(match[0])), begin) if asked else None


def _joined(text):
    return _CONTINUED.sub(" ", text).rstrip()


def _after_string(code, at, prefix):
    """Where the string ends whose quotes begin here. One of a single line ends with it at the latest."""
    quotes = code[at] * 3 if code.startswith(code[at] * 3, at) else code[at]
    at += len(quotes)
    formatted = _FIELDS_ARE_CODE and ("f" in prefix or "t" in prefix)
    while stop := _STRING_STOPS.search(code, at):
        at = stop.start()
        character = code[at]
        if code.startswith(quotes, at):
            return at + len(quotes)
        if character in "\r\n" and len(quotes) == 1:
            return at
        if character == "\\":
            at += 1 if formatted and code.startswith("{", at + 1) else 2
        elif formatted and character == "{":
            at = at + 2 if code.startswith("{{", at) else _after_field(code, at + 1)
        else:
            at += 1
    return len(code)


def _after_field(code, at):
    """Where the field of a formatted string ends: it is code, with strings of its own."""
    depth = 0
    while at < len(code):
        character = code[at]
        if character in "'\"":
            before = re.search(r"\w*$", code[max(0, at - 3) : at])[0].lower()
            at = _after_string(code, at, before if before in _PREFIXES else "")
            continue
        if depth == 0 and character in "}:":
            return at + 1 if character == "}" else _after_format(code, at + 1)
        depth += (character in "([{") - (character in ")]}")
        at += 1
    return at


def _after_format(code, at):
    while at < len(code) and code[at] != "}":
        at = _after_field(code, at + 1) if code[at] == "{" else at + 1
    return at + 1
