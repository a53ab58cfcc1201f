import { expect } from "vitest";
import { having, like, printed, result, type Row } from "./rows.ts";

const failed = (error: unknown) => ({ ok: false, error });

/** Line magics and cell magics, one by one. */
export const magicRows: Row[] = [
  {
    it: "%time tells how long code took, and its value is the result",
    cells: ["%time sum(range(1000))"],
    shows: { ...result("499500"), out: like(/^(CPU times: .*total: .*\n)?Wall time: .* [µm]?s\n$/) },
  },
  { it: "%time binds the names that its code binds", cells: ["%time bound = 5", "bound"], shows: result("5") },
  {
    it: "%%time runs the lines below",
    cells: ["%%time\na = 20\na + 1"],
    shows: { ...result("21"), out: having("Wall time: ") },
  },
  {
    it: "%timeit tells mean and deviation",
    cells: ["%timeit -n 3 -r 2 sum(range(10))"],
    shows: {
      ok: true,
      out: like(
        /^(The slowest run took .*\n)?.* [nµm]?s ± .* [nµm]?s per loop \(mean ± std\. dev\. of 2 runs, 3 loops each\)\n$/,
      ),
    },
  },
  {
    it: "%timeit finds out how often to run, and -o gives the numbers, -q prints nothing",
    cells: [
      "import time\nt = %timeit -q -o -r 1 time.sleep(0.03)",
      "t.loops, t.repeat, len(t.all_runs), 0.03 <= t.best < 3, t.average == t.timings[0]",
    ],
    shows: result("(10, 1, 1, True, True)"),
  },
  {
    it: "%%timeit has its set-up in the first line, and its names are its own",
    cells: ["%%timeit -n 2 -r 1 items = [1, 2]\nitems.append(3)", "'items' in globals()"],
    shows: result("False"),
  },
  {
    it: "%timeit awaits what awaits",
    cells: ["import asyncio\n%timeit -n 2 -r 1 await asyncio.sleep(0)"],
    shows: { ok: true, out: having("per loop") },
  },
  {
    it: "%prun tells where the time went",
    cells: ["def busy(): return sum(range(100))\n%prun -l 5 busy()"],
    shows: { ok: true, out: like(/function calls in [^]*\(busy\)/) },
  },
  {
    it: "%cd goes to a folder and back, %pwd says where",
    cells: [
      "import os; os.makedirs('sub folder', exist_ok=True); start = os.getcwd()",
      "%cd sub folder",
      "inside = %pwd",
      "%cd -q -",
      "inside == os.path.join(start, 'sub folder'), os.getcwd() == start",
    ],
    shows: result("(True, True)"),
  },
  { it: "%cd prints where it went", cells: ["%cd /"], shows: printed("/\n") },
  {
    it: "%cd to nowhere says so",
    cells: ["%cd -", "%cd nowhere at all"],
    shows: failed(like(/^UsageError: cannot go to nowhere at all: No such file/)),
  },
  {
    it: "%ls lists files",
    cells: ["import os; os.makedirs('listed/inner', exist_ok=True); open('listed/file', 'w').close()", "%ls listed"],
    shows: printed("file\ninner/\n"),
  },
  {
    it: "%%writefile writes a file, -a appends, and says which",
    cells: [
      "%%writefile note.txt\nfirst é\n",
      "%%writefile -a note.txt\nsecond",
      "print(open('note.txt', encoding='utf-8').read(), end='')",
    ],
    shows: printed("first é\nsecond\n"),
  },
  {
    it: "%%writefile says what it does",
    cells: ["import os; os.path.exists('said.txt') and os.remove('said.txt')", "%%writefile said.txt\nx"],
    shows: printed("Writing said.txt\n"),
  },
  { it: "%cat prints a file", cells: ["%%writefile shown.txt\nline", "%cat shown.txt"], shows: printed("line\n") },
  {
    it: "%run runs a file with its arguments, as a program, and leaves its names here",
    cells: [
      "%%writefile program.py\nimport sys\nprint(sys.argv[1:], __name__)\nmade = 'by the program'",
      "%run program.py one 'two three'",
      "made",
    ],
    shows: { ...result("'by the program'"), out: "" },
  },
  { it: "%run shows what the program prints", cells: ["%run program.py 1"], shows: printed("['1'] __main__\n") },
  {
    it: "%run -i gives it the names from here, -n is no __main__, a program's exit is no error",
    cells: ["%%writefile asks.py\nimport sys\nprint(given, __name__)\nsys.exit()", "given = 'hi'\n%run -i -n asks.py"],
    shows: printed("hi asks\n"),
  },
  {
    it: "%run tells of the place in the file where it failed",
    cells: ["%%writefile fails.py\n\ndef f():\n    return 1 / 0\nf()", "%run fails.py"],
    shows: failed(
      like(
        /^Traceback[^]*File ".*fails\.py", line 4, in <module>\n {4}f\(\)[^]*line 3, in f\n {4}return 1 \/ 0\n[^]*ZeroDivisionError/,
      ),
    ),
  },
  {
    it: "%run of a notebook runs its cells, magics too, and tells of the cell that fails",
    cells: [
      `import json
cells = ["one = 1", ["%%capture said\\n", "print(one)"], "two = one + 1\\n1 / 0"]
json.dump({"cells": [{"cell_type": "markdown", "source": "# T"}, *({"cell_type": "code", "source": one} for one in cells)]}, open("book.ipynb", "w"))`,
      "%run book.ipynb",
    ],
    shows: failed(like(/File "book\.ipynb\[3\]", line 2, in <module>\n {4}1 \/ 0\n/)),
  },
  {
    it: "%run of a script with magics works with the names from here",
    cells: [
      "%%writefile magical.ipy\ninner = mine + 1\nfound = %time inner",
      "mine = 41\n%run magical.ipy",
      "%run magical.ipy\nfound",
    ],
    shows: result("42"),
  },
  { it: "%run of a notebook leaves its names here", cells: ["said.stdout, two"], shows: result("('1\\n', 2)") },
  {
    it: "%run of what only bears the name of a notebook says so",
    cells: ["%%writefile none.ipynb\n[]", "%run none.ipynb"],
    shows: failed("UsageError: none.ipynb is no notebook of version 4 or newer\n"),
  },
  {
    it: "%run of a file that is not there says so",
    cells: ["%run nowhere.py"],
    shows: failed(like(/^UsageError: cannot read nowhere\.py: No such file/)),
  },
  {
    it: "%run of a sealed Python says whose files it has",
    on: "sealed",
    cells: ["%run nowhere.py"],
    shows: failed(having("the sealed Python has files of its own only")),
  },
  { it: "%load prints a file", cells: ["%load program.py"], shows: { ok: true, out: like(/^import sys\n/) } },
  {
    it: "%env sets, shows and lists",
    cells: ["%env DAIMON_ROW=a value", "%env DAIMON_ROW", "environment = %env", "environment['DAIMON_ROW']"],
    shows: result("'a value'"),
  },
  {
    it: "%env hides what is secret when it lists: a result stands in the log",
    cells: ["%env SOME_API_KEY=canary", "environment = %env", "environment['SOME_API_KEY']"],
    shows: result("'<hidden>'"),
  },
  {
    it: "%env of what is not there says so",
    cells: ["%env NOT_THERE_AT_ALL"],
    shows: failed("UsageError: there is no environment variable NOT_THERE_AT_ALL\n"),
  },
  {
    it: "%precision rounds floats until it is taken back",
    cells: ["%precision 3", "1 / 3, [{'k': 2 / 3}]"],
    shows: result("(0.333, [{'k': 0.667}])"),
  },
  { it: "%precision alone is Python's own way", cells: ["%precision", "1 / 3"], shows: result("0.3333333333333333") },
  {
    it: "%precision of nonsense says what it takes",
    cells: ["%precision much"],
    shows: failed(like(/UsageError: %precision wants a number of digits/)),
  },
  {
    it: "%%capture keeps what is printed, displayed and the result",
    cells: [
      "%%capture kept\nimport sys\nprint('out')\nprint('err', file=sys.stderr)\ndisplay('shown')\n6 * 7",
      "kept.stdout, kept.stderr, kept.outputs",
    ],
    shows: { ...result(`('out\\n', 'err\\n', ['shown', 42])`), out: "" },
  },
  {
    it: "%%capture shows nothing itself",
    cells: ["%%capture kept\nprint('out')\ndisplay(1)\n2"],
    shows: { ...printed(""), displays: [], result: "" },
  },
  {
    it: "what was captured can be shown again",
    cells: ["kept()"],
    shows: { ...printed("out\n"), displays: [{ text: "1" }, { text: "2" }] },
  },
  {
    it: "%%capture leaves out what is not wished",
    cells: ["%%capture --no-stdout kept\nprint('seen')"],
    shows: printed("seen\n"),
  },
  {
    it: "%autoreload 2 takes in a module that changed: functions, classes, and instances that live",
    cells: [
      "import sys; sys.dont_write_bytecode = True; sys.path.insert(0, '')\nopen('moving.py', 'w').write('def f(): return 1\\nclass C:\\n    def m(self): return 1\\n    @property\\n    def p(self): return 1\\nX = 1\\n');",
      "%load_ext autoreload\n%autoreload 2\nimport moving\nfrom moving import f, C\nlives = C()\nbound = lives.m",
      "open('moving.py', 'w').write('def f(): return 2222\\nclass C:\\n    def m(self): return 2222\\n    @property\\n    def p(self): return 2222\\n    def new(self): return 2222\\nX = 2222\\n');",
      "f(), lives.m(), lives.p, lives.new(), bound(), moving.X, isinstance(lives, moving.C)",
    ],
    shows: result("(2222, 2222, 2222, 2222, 2222, 2222, True)"),
  },
  {
    it: "a module that cannot be taken in is told of, and stays as it was",
    cells: ["open('moving.py', 'w').write('def f(: return 3\\n');", "f()"],
    shows: { ...result("2222"), err: like(/^\[autoreload of moving failed: [^]*SyntaxError/) },
  },
  {
    it: "%autoreload 0 leaves modules alone",
    cells: ["%autoreload 0\nopen('moving.py', 'w').write('def f(): return 44444\\n');", "f()"],
    shows: result("2222"),
  },
  {
    it: "%autoreload 1 takes in what %aimport names",
    cells: [
      "%autoreload 1\n%aimport moving",
      "open('moving.py', 'w').write('def f(): return 555555\\n');",
      "moving.f()",
    ],
    shows: result("555555"),
  },
  {
    it: "%load_ext of what is no extension says so",
    cells: ["%autoreload 0\n%load_ext json"],
    shows: failed(having("UsageError: the module json is no extension: it has no load_ipython_extension")),
  },
  {
    it: "%load_ext of what is not installed says so",
    cells: ["%load_ext nowhere_at_all"],
    shows: failed(
      "UsageError: there is no extension nowhere_at_all here; %pip installs one where this Python runs commands\n",
    ),
  },
  {
    it: "an extension of IPython may bring magics",
    cells: [
      "%%writefile brings.py\ndef load_ipython_extension(ipython):\n    ipython.register_magic_function(lambda line: line.upper(), 'line', 'shout')",
      "import sys; sys.path.insert(0, '')\n%load_ext brings",
      "%shout hello",
    ],
    shows: result("'HELLO'"),
  },
  {
    it: "people make magics of their functions, and %name? tells of them",
    cells: [
      "from IPython.core.magic import register_line_magic, register_cell_magic, register_line_cell_magic\n@register_line_magic\ndef loud(line):\n    'Louder.'\n    return line.upper()\n@register_cell_magic\ndef below(line, cell): return line, cell\n@register_line_cell_magic('both')\ndef made(line, cell=None): return line, cell",
      "one = %loud hello\ntwo = %both x",
      "%%both y\nbelow it",
      "three = _\n%loud?",
      "one, two, three",
    ],
    shows: result("('HELLO', ('x', None), ('y', 'below it'))"),
  },
  { it: "a magic of people's own tells its words", cells: ["%loud?"], shows: printed("%loud: Louder.\n") },
  {
    it: "an extension may bring magics as a class of IPython's",
    on: "own",
    cells: [
      "from IPython.core.magic import Magics, magics_class, line_magic\n@magics_class\nclass Brought(Magics):\n    @line_magic\n    def brought(self, line): return line, self.shell.user_ns is globals()\nget_ipython().register_magics(Brought)",
      "%brought here",
    ],
    shows: result("('here', True)"),
  },
  {
    it: "get_ipython().run_cell runs code and tells its errors, and what is not there is said",
    cells: [
      "shell = get_ipython()\nran = [shell.run_cell('made = 5; made + 1', silent=True), shell.run_cell('1 / 0'), shell.run_cell('%who_ls nothing', silent=True)]\n[(one.success, one.result) for one in ran], made, shell.ev('made'), hasattr(shell, 'kernel')",
    ],
    shows: {
      ...result("([(True, 6), (False, None), (True, [])], 5, 5, False)"),
      err: having("ZeroDivisionError: division by zero"),
    },
  },
  {
    it: "a setting of IPython that is none here lets the cell go on, and says so",
    cells: ["%config Completer.use_jedi = False\n6 * 7"],
    shows: { ...result("42"), err: "%config Completer.use_jedi changes nothing here\n" },
  },
  {
    it: "%config of nonsense says what it knows",
    cells: ["%config nonsense"],
    shows: failed(
      "UsageError: %config knows InlineBackend.figure_format = 'svg' and InteractiveShell.ast_node_interactivity = 'all'\n",
    ),
  },
  {
    it: "ast_node_interactivity all shows every expression of a cell, those that await too",
    cells: [
      "%config InteractiveShell.ast_node_interactivity = 'all'",
      "import asyncio\n'one'\nNone\nawait asyncio.sleep(0, 'two')\nx = 3\nif x: 4\n'last'",
    ],
    shows: { ...result("'last'"), displays: [{ text: "'one'" }, { text: "'two'" }] },
  },
  {
    it: "ast_node_interactivity last_expr_or_assign shows what was assigned, unless a semicolon stands behind it",
    cells: [
      "get_ipython().ast_node_interactivity = 'last_expr_or_assign'",
      "silent = 41;",
      "assert 41 not in Out.values()\nassigned = 42",
    ],
    shows: result("42"),
  },
  {
    it: "ast_node_interactivity of IPython's class counts where people import it",
    cells: [
      "from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.ast_node_interactivity = 'none'",
      "5",
    ],
    shows: { ok: true, result: "" },
  },
  {
    it: "ast_node_interactivity is put back",
    cells: [
      "del InteractiveShell.ast_node_interactivity\n%config InteractiveShell.ast_node_interactivity = 'last_expr'",
      "1\n2",
    ],
    shows: { ...result("2"), displays: [] },
  },
  {
    it: "ast_node_interactivity of nonsense says what there is",
    cells: ["%config InteractiveShell.ast_node_interactivity = 'some'"],
    shows: failed("UsageError: ast_node_interactivity is last_expr, all, last_expr_or_assign, last, none; not some\n"),
  },
  {
    it: "%ll lists files with their sizes",
    cells: ["import os; os.makedirs('sized', exist_ok=True); open('sized/file', 'w').write('12345');", "%ll sized"],
    shows: { ok: true, out: like(/\b5 .*\bfile\n/) },
  },
  {
    it: "%%writefile that cannot be written leaves the file as it is",
    cells: ["%%writefile whole.txt\nkept", "%%writefile whole.txt\n\ud800", "%cat whole.txt"],
    shows: printed("kept\n"),
  },
  {
    it: "%env does not print what is secret",
    cells: ["given = 'canary'\n%env SOME_TOKEN=$given\n%env OTHER=$given"],
    shows: printed("env: SOME_TOKEN=<hidden>\nenv: OTHER=canary\n"),
  },
  {
    it: "get_ipython() runs magics, as notebooks turned into scripts do",
    cells: [
      "get_ipython().run_line_magic('time', '6 * 7')",
      "get_ipython().run_cell_magic('capture', 'got', 'print(1)')\ngot.stdout",
    ],
    shows: result("'1\\n'"),
  },
  {
    it: "%debug looks into the last error, and asks what to do",
    cells: ["def g(inner):\n    return 1 / inner\ng(0)", "%debug"],
    answers: ["p inner", "u", "p 1 + 1", "q"],
    shows: {
      ok: true,
      out: like(/> <cell N>\(2\)g\(\)\n[^]*\n0\n[^]*\n2\n/),
      prompts: ["(Pdb) ", "(Pdb) ", "(Pdb) ", "(Pdb) "],
    },
  },
  {
    it: "%pdb on looks into every error at once",
    cells: ["%pdb on", "lost = {}\nlost['key']"],
    answers: ["p lost", "q"],
    shows: { ok: false, out: like(/> <cell N>\(2\)<module>\(\)[^]*\{\}\n/), error: having("KeyError: 'key'") },
  },
  { it: "%pdb off does not", cells: ["%pdb off", "lost['key']"], shows: { ok: false, prompts: [] } },
  {
    it: "breakpoint() asks in the middle of a cell",
    cells: ["def f():\n    seen = 41\n    breakpoint()\n    return seen + 1\nf()"],
    answers: ["p seen", "c"],
    shows: { ...result("42"), out: having("41") },
  },
  {
    it: "%debug with code steps through it",
    cells: ["def h():\n    stepped = 1\n    return stepped\n%debug h()"],
    answers: ["s", "n", "n", "p stepped", "c"],
    shows: { ok: true, out: like(/\(Pdb\) |h\(\)/) },
  },
  {
    it: "%pip installs where commands run, and says why not where they do not",
    on: "sealed",
    cells: ["%pip install x"],
    shows: failed(
      like(/^UsageError: %pip runs a command, and the sealed Python runs none; \/runtime cpython PATH changes to/),
    ),
  },
  {
    it: "%pip is the pip of this Python",
    on: "own",
    cells: ["%pip --version"],
    shows: { ok: true, out: having("pip "), err: expect.any(String) },
  },
  {
    it: "%matplotlib of a sealed Python says how to get one that has it",
    on: "sealed",
    cells: ["%matplotlib inline"],
    shows: failed(having("/runtime cpython PATH changes to a Python of yours that may have matplotlib")),
  },
  {
    it: "%matplotlib of a window says where figures are shown",
    on: "own",
    cells: ["%matplotlib qt"],
    shows: failed("UsageError: there is no window for qt: figures are shown in the session, by %matplotlib inline\n"),
  },
];
