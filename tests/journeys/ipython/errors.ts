import { having, like, type Row } from "./rows.ts";

const failed = (error: unknown) => ({ ok: false, error });

/** How errors read. */
export const errorRows: Row[] = [
  {
    it: "where memory is out Out makes room, and says so",
    cells: ["'kept'", "def hog():\n    raise MemoryError\nhog()"],
    shows: failed(like(/MemoryError\n\(to make room, Out and _ have let go of all results\)\n$/)),
  },
  {
    it: "code that cannot be read holds no memory, and Out keeps what it has",
    cells: ["'kept'", `${"-".repeat(100_000)}1`, "_"],
    shows: { ok: true, result: "'kept'" },
  },
  {
    it: "code that is no text is told of with its line",
    cells: ["%time x = '\ud800'"],
    shows: failed(like(/line 1, in <module>\n {4}%time x = '\\ud800'\n[^]*UnicodeEncodeError: /)),
  },
  {
    it: "chained errors are told with both places",
    cells: ["%precision\ntry:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('second') from e"],
    shows: failed(
      like(
        /line 3, in <module>[^]*KeyError: 'k'\n\nThe above exception was the direct cause[^]*line 5, in <module>[^]*ValueError: second\n$/,
      ),
    ),
  },
  {
    it: "notes stand below",
    cells: ["e = ValueError('noted')\nhasattr(e, 'add_note') and e.add_note('look here')\nraise e"],
    shows: failed(like(/ValueError: noted\nlook here\n$/)),
  },
  {
    it: "groups are told whole",
    cells: ["raise ExceptionGroup('several', [ValueError('one'), KeyError('two')])"],
    shows: failed(like(/ExceptionGroup: several \(2 sub-exceptions\)[^]*ValueError: one[^]*KeyError: 'two'/)),
  },
  {
    it: "an error that shows itself in its own words does so",
    cells: ["class Own(Exception):\n    def _render_traceback_(self): return ['my', 'words']\nraise Own"],
    shows: failed("my\nwords\n"),
  },
  {
    it: "%xmode Minimal is one line",
    cells: ["%xmode Minimal", "1 / 0"],
    shows: failed("ZeroDivisionError: division by zero\n"),
  },
  {
    it: "%xmode Context shows the lines around",
    cells: ["%xmode Context", "a = 1\nb = 2\na / 0\nc = 3"],
    shows: failed(
      like(
        /<cell N>:3, in <module>\n {9}1 a = 1\n {9}2 b = 2\n----> {4}3 a \/ 0\n {9}4 c = 3\n\nZeroDivisionError: division by zero\n$/,
      ),
    ),
  },
  {
    it: "%xmode Verbose shows values too",
    cells: ["%xmode Verbose", "def divide(number):\n    return number / 0\ndivide(41)"],
    shows: failed(having("        number = 41\n")),
  },
  {
    it: "%xmode of nonsense names the modes",
    cells: ["%xmode Plain\n%xmode Loud"],
    shows: failed("UsageError: the modes of errors are Plain, Context, Verbose, Minimal; not Loud\n"),
  },
  {
    it: "%tb tells the last error again",
    cells: ["1 / 0", "%tb"],
    shows: { ok: true, err: like(/^Traceback[^]*1 \/ 0\n[^]*ZeroDivisionError: division by zero\n$/) },
  },
  {
    it: "what Python refuses late is marked in its line, too",
    cells: ["x = 1\nreturn x"],
    shows: failed(
      like(/^ {2}File "<cell N>", line 2\n {4}return x\n {4}\^+\nSyntaxError: 'return' outside function\n$/),
    ),
  },
  {
    it: "a name that is not there is marked in a line with a magic before it",
    cells: ["%who_ls\nif True:\n    missing + 1"],
    shows: failed(like(/line 3, in <module>\n {4}missing \+ 1\n( {4}\^+\n)?NameError: name 'missing' is not defined/)),
  },
];
