import { having, like, printed, result, type Row } from "./rows.ts";

const failed = (error: unknown) => ({ ok: false, error });

/** Where magics may stand, what is left alone, and how what goes wrong is told. */
export const typingRows: Row[] = [
  {
    it: "a magic stands wherever a statement can",
    cells: ["for n in range(2):\n    if n:\n        %time n\n        x = %time n + 1\nx"],
    shows: { ...result("2"), out: like(/(Wall time: [^]*){2}/) },
  },
  {
    it: "a magic stands behind a colon and behind a semicolon",
    cells: ["if True: x = %who_ls nothing\ny = 1; z = %who_ls nothing\nx, z"],
    shows: result("([], [])"),
  },
  {
    it: "a value of a magic goes into names, attributes and several of them",
    cells: ["import types\nhere = types.SimpleNamespace()\nhere.a = one = %time 5\nhere.a, one"],
    shows: result("(5, 5)"),
  },
  {
    it: "code that is pasted with its indent runs",
    cells: ["    a = 1\n    if a:\n        b = 2\n\n    %time a + b"],
    shows: result("3"),
  },
  {
    it: "an indent that only a comment has is no indent",
    cells: ["   # here\nif True:\n   y = 5\ny"],
    shows: result("5"),
  },
  {
    it: "a pasted session of Python runs, without its answers",
    cells: [">>> a = 1\n>>> for n in range(2):\n...     print(n)\n...\n0\n1\n>>> a + 41\n42"],
    shows: { ...result("42"), out: "0\n1\n" },
  },
  {
    it: "a pasted session of IPython runs, without its answers",
    cells: ["In [1]: a = 5\nIn [2]: def f():\n   ...:     return a\n   ...: \nOut[1]: 55\n\nIn [3]: f() + 1"],
    shows: result("6"),
  },
  {
    it: "an error in a pasted session is told in its line",
    cells: [">>> x = 1\n>>> 1 / 0"],
    shows: failed(like(/line 2, in <module>\n {4}1 \/ 0\n/)),
  },
  {
    it: "a question about what would have to be called first is no question about something else",
    cells: ["b = 1\nf().b?"],
    shows: failed(having("SyntaxError")),
  },
  {
    it: "text that looks like a magic is text",
    cells: ["s = '''\n%time x\n!ls\n  x?\n'''\ns += \"\"\"\n%%time\n\"\"\"\n%time s.count('%')"],
    shows: result("3"),
  },
  {
    it: "a modulo on a new line is a modulo",
    cells: ["a = 7\nb = (a\n  % 4)\nc = a \\\n  % 4\n%time (b, c)"],
    shows: result("(3, 3)"),
  },
  {
    it: "a modulo behind a backslash is a modulo, though it looks like a magic",
    cells: ["a, time = 7, 4\nc = a \\\n%time\ndel time\n%who_ls nothing\nc"],
    shows: result("3"),
  },
  {
    it: "strings in formatted strings do not confuse it",
    cells: ["d = {'k': 1}\ns = f'{d[\"k\"]!r:>3} {{' # it's\n%time s"],
    shows: result("'  1 {'"),
  },
  {
    it: "a magic goes on in the next line behind a backslash, and the lines below keep their numbers",
    cells: ["%time 1 + \\\n  2\n1 / 0"],
    shows: failed(like(/line 3, in <module>\n {4}1 \/ 0\n/)),
  },
  {
    it: "an error in a magic's code is told at its own place, with what was typed",
    cells: ["x = 1\nif x:\n    %time 1 / 0"],
    shows: failed(
      like(
        /^Traceback \(most recent call last\):\n {2}File "<cell N>", line 3, in <module>\n {4}%time 1 \/ 0\n( {10}~~.~~\n)?ZeroDivisionError: division by zero\n$/,
      ),
    ),
  },
  {
    it: "an error below a cell magic is told in its own line",
    cells: ["%%time\n\nx = 1\nx / 0"],
    shows: failed(like(/line 4, in <module>\n {4}x \/ 0\n/)),
  },
  {
    it: "code of a magic that is no Python is marked where it stands",
    cells: ["x = 1\n%time x = ("],
    shows: failed(`  File "<cell N>", line 2\n    %time x = (\n              ^\nSyntaxError: '(' was never closed\n`),
  },
  {
    it: "an error in Python beside a magic is marked where it stands",
    cells: ["%who_ls\nx = = 1"],
    shows: failed(`  File "<cell N>", line 2\n    x = = 1\n        ^\nSyntaxError: invalid syntax\n`),
  },
  {
    it: "a magic in a function sees its names",
    cells: ["def f(inner):\n    %time inner + 1\n    x = %time inner * 2\n    return x\nf(21)"],
    shows: result("42"),
  },
  {
    it: "{expressions} and $names are filled in, $$ is a dollar, and what cannot be filled in stays",
    cells: [
      "who = 'you'\n%env TOLD={who.upper()} $who $$who {print $1}",
      "import os; os.environ['TOLD']",
      "%env TOLD={1 + 1} $who $$who",
      "os.environ['TOLD']",
    ],
    shows: result("'2 you $who'"),
  },
  {
    it: "an unknown magic names the nearest",
    cells: ["%tiem 1"],
    shows: failed("UsageError: there is no magic %tiem; the nearest is %time; %lsmagic lists them all\n"),
  },
  {
    it: "a magic of IPython that is not here says what does the same",
    cells: ["%macro again 1-3"],
    shows: failed(
      "UsageError: there is no %macro here: %rerun 3 5-7 runs cells again, %save NAME 3 5-7 and %run NAME do so later\n",
    ),
  },
  {
    it: "a magic of an extension says which",
    cells: ["%lprun -f f f()"],
    shows: failed("UsageError: there is no %lprun here: it comes with an extension: %load_ext line_profiler\n"),
  },
  {
    it: "an unknown cell magic names the nearest",
    cells: ["%%tiem\n1"],
    shows: failed("UsageError: there is no magic %%tiem; the nearest is %%time; %lsmagic lists them all\n"),
  },
  {
    it: "a cell magic for a line, a line's magic for a cell, and one that is not first are told apart",
    cells: ["%writefile x"],
    shows: failed("UsageError: there is no %writefile, but %%writefile: it takes the lines below it\n"),
  },
  {
    it: "a cell magic below the first line says where it belongs",
    cells: ["x = 1\n%%time\nx"],
    shows: failed("UsageError: %%time takes the whole cell: it must be in its first line\n"),
  },
  {
    it: "an option that a magic does not have is refused with those it has",
    cells: ["%time 1\n%reset -q"],
    shows: failed("UsageError: there is no option -q; known are -f -s\n"),
  },
  { it: "a magic needs no sign where nothing else has its name", cells: ["who_ls nothing"], shows: result("[]") },
  {
    it: "a name that people gave something goes before a magic without its sign",
    cells: ["who_ls = 5", "who_ls"],
    shows: result("5"),
  },
  {
    it: "Python is Python though a magic has its first word",
    cells: ["del who_ls", "who_ls.real"],
    shows: failed(like(/NameError: name 'who_ls' is not defined/)),
  },
  {
    it: "%automagic off wants the sign",
    cells: ["%automagic off", "pwd", "%automagic on"],
    shows: printed("Automagic is ON, % prefix IS NOT needed for line magics.\n"),
  },
  {
    it: "exit and quit say how people leave, and exit() ends a cell",
    cells: ["exit() if False else quit"],
    shows: result("Ctrl-D leaves, and the session goes on; exit() ends a cell"),
  },
  {
    it: "exit() ends the cell, and Python goes on",
    cells: ["stays = 1\nexit()\nstays = 2", "stays"],
    shows: result("1"),
  },
  {
    it: "a name of people's own is never taken for what stands for a magic",
    cells: ["_daimon0 = 41\n%who_ls nothing\n_daimon0 + 1"],
    shows: result("42"),
  },
  {
    it: "a comparison is no command, and no place for a magic",
    cells: ["x = 1\nx == %who_ls nothing"],
    shows: failed(having("SyntaxError: invalid syntax")),
  },
  { it: "a line that begins with a comparison is no command", cells: ["!= 5"], shows: failed(having("SyntaxError")) },
  {
    it: "what is added to takes no magic",
    cells: ["x = []\nx += %who_ls nothing"],
    shows: failed(having("SyntaxError: invalid syntax")),
  },
  {
    it: "%lsmagic lists them",
    cells: ["%lsmagic"],
    shows: {
      ok: true,
      out: like(/Available line magics:\n.*%time  %timeit.*\n\nAvailable cell magics:\n.*%%bash {2}%%capture/),
    },
  },
  {
    it: "%magic tells of each in a line, %quickref of all on a page",
    cells: ["%magic", "%quickref"],
    shows: { ok: true, out: like(/obj\?, obj\?\?.*\n/) },
  },
  {
    it: "await works at the top of a cell, in loops, with blocks and comprehensions",
    cells: [
      "import asyncio, contextlib\nasync def many():\n    for n in range(3):\n        yield n\n@contextlib.asynccontextmanager\nasync def held():\n    yield 'held'\ngot = []\nasync for n in many():\n    got.append(n)\nasync with held() as h:\n    got.append(h)\nawait asyncio.sleep(0)\ngot, [n async for n in many()]",
    ],
    shows: result("([0, 1, 2, 'held'], [0, 1, 2])"),
  },
  {
    it: "await works in magics, in the event loop of the cells",
    cells: [
      "import asyncio\nloop = asyncio.get_event_loop()\nasync def same(): return asyncio.get_running_loop() is loop\nawait asyncio.sleep(0)\nx = %time await same()\nx",
    ],
    shows: result("True"),
  },
  {
    it: "await works below a cell magic",
    cells: ["%%time\nimport asyncio\nawait asyncio.sleep(0, 'slept')"],
    shows: result("'slept'"),
  },
  {
    it: "a warning shows its place and its line",
    cells: ["import warnings\nwarnings.warn('careful')"],
    shows: { ok: true, err: "<cell N>:2: UserWarning: careful\n  warnings.warn('careful')\n" },
  },
  {
    it: "the same warning of another cell is shown again",
    cells: ["import warnings\nwarnings.warn('careful')", "import warnings\nwarnings.warn('careful')"],
    shows: { ok: true, err: "<cell N>:2: UserWarning: careful\n  warnings.warn('careful')\n" },
  },
  {
    it: "Python's own doubts about a cell are shown once",
    cells: ["%time 1\nx = 5 is 5"],
    shows: { ok: true, err: like(/^<cell N>:2: SyntaxWarning: "is" with .*\n {2}x = 5 is 5\n$/) },
  },
];
