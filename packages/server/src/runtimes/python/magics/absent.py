"""Magics of IPython, and of extensions that many use, that are not here, and what does the same."""

_PASTE = "paste as you are used to: several lines arrive as one cell, prompts and indents are taken off"
_LOG = "the session keeps every cell and its output; %save NAME 1-9 writes cells to a file"
_FOLDERS = "%cd FOLDER goes there, %cd - goes back"
_TERMINAL = "how things look is the terminal's business"
_EXTENSIONS = {
    "autoreload": "autoreload",
    "aimport": "autoreload",
    "lprun": "line_profiler",
    "memit": "memory_profiler",
    "mprun": "memory_profiler",
    "snakeviz": "snakeviz",
    "sql": "sql",
    "dotenv": "dotenv",
    "cython": "cython",
}
INSTEAD = {
    **dict.fromkeys(("paste", "cpaste"), _PASTE),
    **dict.fromkeys(("logstart", "logstop", "logon", "logoff", "logstate", "notebook"), _LOG),
    **dict.fromkeys(("pushd", "popd", "dirs", "dhist", "bookmark"), _FOLDERS),
    **dict.fromkeys(("colors", "page", "pprint", "doctest_mode"), _TERMINAL),
    **{magic: f"it comes with an extension: %load_ext {name}" for magic, name in _EXTENSIONS.items()},
    "edit": "%save NAME 5 writes a cell to a file, %run NAME runs it from there, %load NAME shows it",
    "ed": "%save NAME 5 writes a cell to a file, %run NAME runs it from there, %load NAME shows it",
    "macro": "%rerun 3 5-7 runs cells again, %save NAME 3 5-7 and %run NAME do so later",
    "store": "variables live as long as this Python does; what shall outlive it goes into a file, with pickle for example",
    "alias": "a function does it: def d(): !ls -l",
    "unalias": "a function does it: def d(): !ls -l",
    "alias_magic": "a function does it: def t(code): get_ipython().run_line_magic('time', code)",
    "autocall": "parentheses are always written",
    "autoawait": "await works at the top of every cell",
    "gui": "there is no window; figures are shown in the session, by %matplotlib inline",
    "rehashx": "!cmd runs every command",
    "killbgscripts": "a command that was left running ends with this Python",
    "exit": "the live Python stays when you leave; restart it to begin anew",
    "quit": "the live Python stays when you leave; restart it to begin anew",
}
