"""%history, %save, %recall, %rerun: cells that were typed before."""

import os

from ..errors import UsageError
from . import table


def chosen(call, text):
    """The cells that ``3 5-7 ~1`` speaks of, oldest first, as pairs of number and code; without words, all of them. The
    last number of a range belongs to it, and ~1 is the cell before this one."""
    cells = call.cells.history.inputs.items()[:-1]
    if not text.split():
        return cells
    known = dict(cells)
    numbers = [number for number, _code in cells]
    wanted = []
    for word in text.split():
        first, sign, last = word.partition("-")
        start = _number(first, numbers) if first else (numbers[0] if numbers else 0)
        end = (_number(last, numbers) if last else (numbers[-1] if numbers else 0)) if sign else start
        found = [number for number in numbers if start <= number <= end]
        if not found:
            raise UsageError(f"there is no cell {word}; %history -n lists the cells with their numbers")
        wanted += found
    return [(number, known[number]) for number in wanted]


def _number(word, numbers):
    try:
        return numbers[-int(word[1:] or "1")] if word.startswith("~") else int(word)
    except (ValueError, IndexError):
        raise UsageError(f"{word} is no cell: cells are named by their numbers (3 5-7), or ~1 for the one before") from None


@table.line("history", "hist")
def history(call):
    """Print cells: %history 3 5-7. -n with numbers, -o with results, -l N the newest N, -g PATTERN those that match, -u each once, -f FILE into a file."""
    options, rest = call.options("noup", "lf") if "-g" not in call.line.split() else _with_pattern(call)
    cells = chosen(call, rest)
    if "l" in options:
        cells = cells[-table.number(options["l"], "-l") :]
    if "g" in options:
        import fnmatch

        pattern = options["g"] or "*"
        cells = [(number, code) for number, code in cells if fnmatch.fnmatchcase(code, f"*{pattern}*")]
    if "u" in options:
        cells = sorted({code: (number, code) for number, code in cells}.values())
    text = "".join(_shown(call, number, code, options) for number, code in cells)
    if "f" not in options:
        print(text, end="")
        return
    path = os.path.expanduser(options["f"])
    if not _may_write(path):
        return
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"The cells are in the file {path}.")


def _may_write(path):
    """Asks where there is a file already."""
    if not os.path.exists(path) or input(f"File `{path}` exists. Overwrite (y/[N])? ").strip().lower() in ("y", "yes"):
        return True
    print("Operation cancelled.")
    return False


def _with_pattern(call):
    """-g takes the rest of the line, as in IPython."""
    before, _sign, pattern = call.line.partition("-g")
    call.line = before
    options, rest = call.options("noup", "lf")
    return {**options, "g": pattern.strip()}, rest


def _shown(call, number, code, options):
    lines = code.rstrip("\n")
    if "n" in options:
        lines = f"{number:>4}: " + lines.replace("\n", "\n      ") if "\n" not in lines else f"{number:>4}:\n{lines}"
    result = call.cells.history.results.get(number) if "o" in options else None
    if result is None:
        return lines + "\n"
    from ..values import bundle

    return f"{lines}\n{bundle(result)['text']}\n"


@table.line("save")
def save(call):
    """Write cells to a file: %save NAME 3 5-7; -a appends, -f overwrites without asking."""
    options, rest = call.options("af")
    name, _space, which = rest.partition(" ")
    if not name or not which.strip():
        raise UsageError("%save wants a name and cells: %save work.py 3 5-7")
    path = os.path.expanduser(name if name.endswith((".py", ".ipy")) else f"{name}.py")
    text = "".join(code.rstrip("\n") + "\n" for _number, code in chosen(call, which))
    there = os.path.exists(path)
    if not options and not _may_write(path):
        return
    appends = "a" in options
    with open(path, "a" if appends else "w", encoding="utf-8") as file:
        file.write(text if there and appends else f"# coding: utf-8\n{text}")
    print(f"The following commands were {'appended' if appends and there else 'written'} to file `{path}`:")
    print(text, end="")


@table.line("recall", "rep")
def recall(call):
    """Print cells to be typed again: %recall 3."""
    for _number, code in chosen(call, call.line or "~1"):
        print(code)


@table.line("rerun")
def rerun(call):
    """Run cells again: %rerun 3 5-7, or the one before."""
    _options, rest = call.options("f")
    cells = chosen(call, rest or "~1")
    text = "\n".join(code for _number, code in cells)
    print(f"=== Executing: ===\n{text}\n=== Output: ===")
    value = None
    for number, code in cells:
        value = call.cells.run_again(number, code)
    return value
