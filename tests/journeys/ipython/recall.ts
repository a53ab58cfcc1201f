import { expect } from "vitest";
import { having, like, printed, result, type Row } from "./rows.ts";

/** Results and inputs by their names, and magics that recall them. */
export const recallRows: Row[] = [
  {
    it: "_ is the last result, __ the one before, ___ the one before that",
    cells: ["'a'", "'b'", "'c'", "_ + __ + ___"],
    shows: result("'cba'"),
  },
  {
    it: "a cell without a result leaves _ as it was",
    cells: ["41", "_ + 1", "None", "7;", "x = 0", "_"],
    shows: result("42"),
  },
  {
    it: "a semicolon silences a result, and it is not kept either",
    cells: ['"before"', "7 * 6;", "assert _ == 'before'"],
    shows: { ok: true, result: "" },
  },
  {
    it: "a semicolon silences a magic's result too",
    cells: ["%time 6 * 7;"],
    shows: { ok: true, result: "", out: having("Wall time") },
  },
  {
    it: "Out and _N have results by the cell's number",
    cells: ["'found'", "n = max(Out); Out[n] == eval(f'_{n}') == 'found'"],
    shows: result("True"),
  },
  {
    it: "a result that is not kept says so",
    cells: ["Out[0]"],
    shows: { ok: false, error: having("no result of a cell 0 is kept") },
  },
  {
    it: "In, _i, _ii, _iii have what was typed",
    cells: ["'one'", "'two'", "'three'", "_i, _ii, _iii, In[-1]"],
    shows: result(`("'three'", "'two'", "'one'", '_i, _ii, _iii, In[-1]')`),
  },
  {
    it: "_iN and In[N] have a cell's text by its number",
    cells: ["  # typed", "n = max(k for k, code in In.items() if code == '  # typed'); eval(f'_i{n}') == In[n]"],
    shows: result("True"),
  },
  {
    it: "a _ of people's own is left alone, and ours is back when theirs is gone",
    cells: ["_ = 'mine'", "1 + 1", "kept = _", "del _", "kept, _"],
    shows: result("('mine', 2)"),
  },
  {
    it: "gettext's _ is left alone",
    cells: [
      "import builtins, gettext; before = builtins._; gettext.install('x')",
      "5 * 5",
      "said = _('text'); builtins._ = before",
      "said",
    ],
    shows: result("'text'"),
  },
  {
    it: "none of these names is a variable of the session",
    cells: [
      "1",
      "[key for key in globals() if key in ('In', 'Out', '_', '__', '_i', 'get_ipython', 'display') or key.startswith('_i')]",
    ],
    shows: { ...result("[]"), variables: [] },
  },
  {
    it: "Out lets large results go when newer ones come, and _ has the last in any case",
    cells: [
      "bytes(100 << 20)",
      "bytearray(100 << 20)",
      "[type(v).__name__ for v in Out.values() if isinstance(v, (bytes, bytearray))], len(_) >> 20",
    ],
    shows: result("(['bytearray'], 100)"),
  },
  {
    it: "%history prints cells, with numbers and results where wished",
    cells: ["'hist' + 'ory'", "%history -l 1 -n -o"],
    shows: { ok: true, out: like(/^ *\d+: 'hist' \+ 'ory'\n'history'\n$/) },
  },
  {
    it: "%history -g finds cells by a pattern",
    cells: ["needle = 'hay'", "%history -g needle*h"],
    shows: printed("needle = 'hay'\n"),
  },
  {
    it: "%history takes numbers and ranges of cells",
    cells: ["'first'", "'second'", "get_ipython().run_line_magic('history', f'{max(Out) - 1}-{max(Out)}')"],
    shows: { ok: true, out: like(/'second'\n$/) },
  },
  {
    it: "%history of a cell that never was says so",
    cells: ["%history 0"],
    shows: { ok: false, error: "UsageError: there is no cell 0; %history -n lists the cells with their numbers\n" },
  },
  {
    it: "%save writes cells to a file, asks before it overwrites one, and -a appends",
    cells: ["saved = 'once'", "%save -f kept ~1", "saved = 'twice'", "%save -a kept ~1", "open('kept.py').read()"],
    shows: result(`"# coding: utf-8\\nsaved = 'once'\\nsaved = 'twice'\\n"`),
  },
  {
    it: "%save asks before it overwrites a file",
    cells: ["'nothing'", "%save kept ~1"],
    answers: ["n"],
    shows: { ok: true, prompts: ["File `kept.py` exists. Overwrite (y/[N])? "], out: having("Operation cancelled.") },
  },
  {
    it: "%history -f writes a file, and asks before it overwrites one",
    cells: ["open('told.txt', 'w').write('kept');", "%history -l 1 -f told.txt"],
    answers: ["n"],
    shows: { ok: true, prompts: ["File `told.txt` exists. Overwrite (y/[N])? "], out: "Operation cancelled.\n" },
  },
  {
    it: "%history -f writes what it would print",
    cells: ["import os; os.remove('told.txt')", "'told'", "%history -l 1 -f told.txt", "open('told.txt').read()"],
    shows: result(`"'told'\\n"`),
  },
  { it: "%recall prints a cell again", cells: ["back = 'again'", "%recall"], shows: printed("back = 'again'\n") },
  {
    it: "%rerun runs a cell again",
    cells: ["times = 0", "times += 1; times", "%rerun"],
    shows: { ...result("2"), out: having("times += 1") },
  },
  {
    it: "%reset -f removes all variables and results",
    cells: ["gone = 1", "'gone'", "%reset -f", "[n for n in globals() if not n.startswith('__')], len(Out)"],
    shows: result("([], 0)"),
  },
  {
    it: "%reset asks, and does nothing without a yes",
    cells: ["stays = 1", "%reset"],
    answers: ["n"],
    shows: { ok: true, prompts: [having("Proceed (y/[n])?")], out: having("Nothing done.") },
  },
  {
    it: "%reset_selective removes what matches",
    cells: ["tmp_a = tmp_b = stays = 1", "%reset_selective -f ^tmp_", "%who_ls int"],
    shows: { ...result("['stays']") },
  },
  {
    it: "%who names what people defined, of a type where wished",
    cells: ["%reset -f", "number = 1; text = ''; _private = 2", "%who", "%who str"],
    shows: printed("text\t\n"),
  },
  {
    it: "%whos has types and values",
    cells: ["%reset -f", "number = 1; items = [1, 2]", "%whos"],
    shows: printed(
      "Variable   Type   Data/Info\n---------------------------\nitems      list   n=2\nnumber     int    1\n",
    ),
  },
  { it: "%who_ls is a list", cells: ["%reset -f", "b = a = 1", "%who_ls"], shows: result("['a', 'b']") },
  {
    it: "%xdel removes a name and what is kept of it",
    cells: [
      "doomed = object()",
      "doomed",
      "%xdel doomed",
      "'doomed' in globals(), any('object object' in repr(v) for v in Out.values())",
    ],
    shows: result("(False, False)"),
  },
  {
    it: "list_globals and %who show a variable and none of ours",
    cells: ["%reset -f", "'result'", "mine = 1", "%who_ls"],
    shows: { ...result("['mine']"), variables: expect.not.arrayContaining(["Out"]) },
  },
];
