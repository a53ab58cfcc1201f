"""What people paste: a piece of code with the indent that it had, or a session with its prompts and answers."""

import re

_PYTHON = re.compile(r"(?:>>>|\.\.\.)(?: |$)")
_IPYTHON = re.compile(r"(?:In ?\[\d+\]:|[ \t]*\.{3,}:)(?: |$)")
# No cell of Python begins like this.
_BEGINS = ((re.compile(r">>>(?: |$)"), _PYTHON), (re.compile(r"In ?\[\d+\]:"), _IPYTHON))


def cleaned(code):
    """The code alone. Every line stays where it is: that of an answer becomes an empty one."""
    lines = code.split("\n")
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    begin = first.lstrip(" \t")
    margin = first[: len(first) - len(begin)]
    prompt = next((prompt for opening, prompt in _BEGINS if opening.match(begin)), None)
    if not margin and prompt is None:
        return code
    lines = [line.removeprefix(margin) for line in lines]
    if prompt is not None:
        lines = [line[found.end() :] if (found := prompt.match(line)) else "" for line in lines]
    return "\n".join(lines)
