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
