import { having, like, printed, result, type Row } from "./rows.ts";

const failed = (error: unknown) => ({ ok: false, error });
const sealed = (what: string) =>
  failed(
    `UsageError: ${what} runs a command, and the sealed Python runs none; /runtime cpython PATH changes to a Python of your machine that does\n`,
  );

/** Commands of the machine. */
export const commandRows: Row[] = [
  { it: "!cmd of a sealed Python says why not, and what to do", on: "sealed", cells: ["!ls"], shows: sealed("!ls") },
  { it: "x = !cmd of a sealed Python says so too", on: "sealed", cells: ["x = !ls"], shows: sealed("!ls") },
  { it: "%%bash of a sealed Python says so too", on: "sealed", cells: ["%%bash\nls"], shows: sealed("%%bash") },
  {
    it: "!cmd prints both streams, and its exit code is kept",
    on: "own",
    cells: ["!echo out; echo err >&2; exit 3", "_exit_code"],
    shows: result("3"),
  },
  {
    it: "!cmd prints on stdout and stderr",
    on: "own",
    cells: ["!echo out; echo err >&2"],
    shows: { ok: true, out: "out\n", err: "err\n" },
  },
  {
    it: "!cmd stands between prints in order",
    on: "own",
    cells: ["print('one')\n!echo two\nprint('three')"],
    shows: printed("one\ntwo\nthree\n"),
  },
  {
    it: "!cmd fills in {expressions} and $names, and leaves the shell's own",
    on: "own",
    cells: ["name = 'you'\n!echo {name.upper()} $name $((1+2))"],
    shows: printed("YOU you 3\n"),
  },
  {
    it: "what the shell and awk write stays theirs",
    on: "own",
    cells: ["!echo 'a b' | awk '{print $2}'; VAR=x; echo $VAR"],
    shows: printed("b\nx\n"),
  },
  {
    it: "x = !cmd has the lines, which know their words",
    on: "own",
    cells: ["x = !printf 'b 2\\na 10\\n'\nx, x.n, x.fields(0), x.grep('a'), x.sort(1, nums=True)"],
    shows: result("(['b 2', 'a 10'], 'b 2\\na 10', ['b', 'a'], ['a 10'], ['b 2', 'a 10'])"),
  },
  {
    it: "!!cmd has the lines as its result",
    on: "own",
    cells: ["!!echo one; echo two"],
    shows: result("['one', 'two']"),
  },
  {
    it: "a command in a loop of a function sees its names",
    on: "own",
    cells: ["def f(names):\n    for name in names:\n        !echo {name}\nf('ab')"],
    shows: printed("a\nb\n"),
  },
  {
    it: "a command goes on behind a backslash",
    on: "own",
    cells: ["!echo one \\\n  two"],
    shows: printed("one two\n"),
  },
  {
    it: "a command is not stopped by what it left running",
    on: "own",
    cells: ["!sleep 5 & echo gone"],
    shows: printed("gone\n"),
  },
  {
    it: "a command is not waited for without end because of what it left talking",
    on: "own",
    cells: ["!(while echo on; do sleep 0.01; done) & sleep 0.1; echo over", "'went on'"],
    shows: result("'went on'"),
  },
  {
    it: "%%python runs this Python, as a program of its own",
    on: "own",
    cells: ["%%python --out said\nimport sys; print(sys.executable)", "import sys; said.strip() == sys.executable"],
    shows: result("True"),
  },
  {
    it: "%pip installs into this Python, and what was installed is there",
    on: "own",
    cells: [
      `import base64, hashlib, os, sys, zipfile
files = {"brought_here.py": b"it = 'is here'\\n", "brought_here-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\\nName: brought-here\\nVersion: 1.0\\n",
    "brought_here-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\\nGenerator: hand\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
record = "".join(f"{name},sha256={digest(data)},{len(data)}\\n" for name, data in files.items())
with zipfile.ZipFile("brought_here-1.0-py3-none-any.whl", "w") as wheel:
    for name, data in {**files, "brought_here-1.0.dist-info/RECORD": record}.items(): wheel.writestr(name, data)`,
      "%pip install --no-index --no-cache-dir --quiet --target installed ./brought_here-1.0-py3-none-any.whl",
      "sys.path.insert(0, 'installed'); import brought_here; brought_here.it",
    ],
    shows: result("'is here'"),
  },
  {
    it: "%pip that fails says so",
    on: "own",
    cells: ["%pip install --no-index --target installed nothing-of-that-name"],
    shows: { out: "", err: having("No matching distribution found for nothing-of-that-name") },
  },
  {
    it: "%%capture keeps a command's output",
    on: "own",
    cells: ["%%capture kept\n!echo hidden", "kept.stdout"],
    shows: result("'hidden\\n'"),
  },
  {
    it: "%%bash runs a script, and fails with it",
    on: "own",
    cells: ["%%bash\nfor n in 1 2; do echo $n; done\nexit 4"],
    shows: {
      ok: false,
      out: "1\n2\n",
      error: having("CalledProcessError: Command 'bash' returned non-zero exit status 4."),
    },
  },
  {
    it: "%%sh keeps its streams in names where wished",
    on: "own",
    cells: ["%%sh --out o --err e --no-raise-error\necho out; echo err >&2; exit 1", "o, e"],
    shows: result("('out\\n', 'err\\n')"),
  },
  {
    it: "%%script gives the lines to a program",
    on: "own",
    cells: ["%%script cat\n$HOME {x}"],
    shows: printed("$HOME {x}"),
  },
  {
    it: "%%bash knows its options",
    on: "own",
    cells: ["%%bash --loud\nls"],
    shows: failed(like(/knows --out NAME, --err NAME and --no-raise-error, not --loud/)),
  },
  {
    it: "a command gets no input, and does not wait for any",
    on: "own",
    cells: ["!cat; echo over"],
    shows: printed("over\n"),
  },
  {
    it: "text that is no text is shown as far as it goes",
    on: "own",
    cells: ["!printf 'a\\377b\\n'"],
    shows: printed("a\uFFFDb\n"),
  },
];
