/** Python's commonest errors in plain words: what each says, and what usually mends it. */
export type Explanation = { readonly means: string; readonly mend: string };

export const explanations: Readonly<Record<string, Explanation>> = {
  NameError: {
    means: "Python met a name that nothing has been assigned to",
    mend: "Check its spelling, or run the cell that assigns it first; after a restart of Python all names are gone",
  },
  UnboundLocalError: {
    means: "a function read one of its own variables before giving it a value",
    mend: "Assign it before reading it, or declare it `global` or `nonlocal` if it lives outside the function",
  },
  ZeroDivisionError: {
    means: "something was divided by zero, which has no result",
    mend: "Look at the divisor just before the division, and decide what should happen when it is zero",
  },
  KeyError: {
    means: "a dictionary was asked for a key that it does not have",
    mend: "Look at its keys, mind spelling and type (`1` is not `'1'`), or use `.get(key)`, which gives None instead",
  },
  IndexError: {
    means: "a list or tuple was asked for a position past its end",
    mend: "Positions run from 0 to the length minus one; look at the length with `len(...)`, also for an empty list",
  },
  TypeError: {
    means: "an operation or a call got a value of a type that it cannot work with, or the wrong number of arguments",
    mend: "Look at the types of the values involved, and at the documentation of what was called",
  },
  ValueError: {
    means: "the type was right, but the value itself makes no sense there, such as `int('abc')`",
    mend: "Look at the value just before the call; it is often text that was not what it should be",
  },
  AttributeError: {
    means: "a value has no attribute or method of that name",
    mend: "Look at what the value can do, and whether it is what you think: it is often None",
  },
  ModuleNotFoundError: {
    means: "Python found no module of that name to import",
    mend: "Check the name; the built-in Python has the standard library only, no package from elsewhere",
  },
  ImportError: {
    means: "a module was found, but the name wanted from it was not, or it failed while loading",
    mend: "Look at what the module offers, and whether a file of yours hides it by having the same name",
  },
  SyntaxError: {
    means: "the code is not Python as written, so none of it ran",
    mend: "Look at the marked place and just before it: a missing bracket, quote, comma or colon is most likely",
  },
  IndentationError: {
    means: "the spaces at the beginning of a line do not fit the lines around it, so none of the code ran",
    mend: "Indent all lines of a block alike, with spaces only, and indent what follows a colon",
  },
  RecursionError: {
    means: "a function called itself too many times without coming to an end",
    mend: "Look for the case in which it should stop, and whether each call comes closer to it",
  },
  FileNotFoundError: {
    means: "there is no file or folder of that name",
    mend: "Check the path and the current folder; the built-in Python sees no files of your machine",
  },
  PermissionError: {
    means: "the system did not allow that file or action",
    mend: "Choose another place, or change who may use it",
  },
  AssertionError: {
    means: "an `assert` found that something is not as its author expected",
    mend: "Look at the values in the asserted expression; the check is right more often than the data",
  },
  StopIteration: {
    means: "`next(...)` was asked for more than an iterator has",
    mend: "Give `next` a second argument to get at the end, or use a `for` loop",
  },
  KeyboardInterrupt: {
    means: "somebody interrupted the code while it ran; nothing is wrong with it",
    mend: "Run it again if it should go on; what it had assigned until then is still there",
  },
  MemoryError: {
    means: "Python had no memory left for what was wanted",
    mend: "Delete what is large and not needed, or work on smaller parts",
  },
  OverflowError: {
    means: "the result of a calculation is too large for its type",
    mend: "Work with whole numbers, `decimal` or `fractions`, or look for the step that grows too fast",
  },
  UnicodeDecodeError: {
    means: "bytes were read as text in an encoding that they are not in",
    mend: "Name the right encoding, such as `encoding='latin-1'`, or read them as bytes",
  },
  EOFError: {
    means: "`input()` waited for a line, and there was none to come",
    mend: "Run the cell again and answer it, or give the value in the code",
  },
  TimeoutError: {
    means: "something took longer than it was allowed to",
    mend: "Allow it more time, or ask for less at once",
  },
  RuntimeError: {
    means: "something went wrong that fits no other kind; its message is what there is to go by",
    mend: "Read the message, then look at the last line of the traceback that is your own code",
  },
};

/** The name of a known error, however it was typed: "zero division error" is ZeroDivisionError. */
export function errorName(text: string): string | undefined {
  const squeezed = text.replace(/\s+/g, "").toLowerCase();
  return Object.keys(explanations).find((name) => name.toLowerCase() === squeezed);
}

export function explain(name: string): string {
  const known = explanations[name];
  return known
    ? `${/^[AEIOU]/.test(name) ? "An" : "A"} ${name} means that ${known.means}. ${known.mend}.`
    : `${name} is none of the errors that I can explain; its message and the last line of the traceback say most.`;
}

export type PythonError = { name: string; message: string };

const errorLine = /^\s*(?:[\w]+\.)*([A-Z]\w*)(?:: (.*))?$/;
const errorWord = /\b[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Iteration|Warning|ExceptionGroup)\b/;

/** The error that a traceback, or a line like "NameError: name 'x' is not defined", tells of. */
export function errorIn(text: string): PythonError | undefined {
  const found = text.split("\n").flatMap((line): PythonError[] => {
    const [, name = "", message = ""] = errorLine.exec(line) ?? [];
    return name in explanations || errorWord.test(name) ? [{ name, message }] : [];
  });
  // A traceback comes to its point at the end: what led to it stands before.
  const error = found.at(-1);
  if (error) return error;
  const word = errorWord.exec(text)?.[0];
  return word === undefined ? undefined : { name: word, message: "" };
}
