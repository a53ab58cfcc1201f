import { having, like, printed, result, type Row } from "./rows.ts";

/** Questions: what a thing is. */
export const helpRows: Row[] = [
  {
    it: "name? tells signature, docs and place of a function of a cell",
    cells: ["def asked(a, b=2, *, c=None):\n    'What it does.'\n    return a", "asked?"],
    shows: printed(
      "Signature: asked(a, b=2, *, c=None)\nDocstring: What it does.\nFile:        <cell N>\nType:        function\n",
    ),
  },
  {
    it: "name?? shows the source as it was typed, magics and all",
    cells: [
      "@staticmethod\ndef timed(x):\n    # typed\n    y = %time x\n    return y\ntimed = timed.__func__",
      "timed??",
    ],
    shows: {
      ok: true,
      out: having("Source:\n@staticmethod\ndef timed(x):\n    # typed\n    y = %time x\n    return y\n"),
    },
  },
  {
    it: "?name asks the same, anywhere a statement stands",
    cells: ["if True:\n    ?asked\n"],
    shows: { ok: true, out: having("Docstring: What it does.") },
  },
  {
    it: "a class tells how it is made, and name?? its source",
    cells: ["class Made:\n    'A thing.'\n    def __init__(self, size=1):\n        self.size = size", "Made??"],
    shows: {
      ok: true,
      out: like(
        /^Init signature: Made\(size=1\)\nSource:\nclass Made:\n {4}'A thing\.'\n {4}def __init__[^]*self\.size = size\n/,
      ),
    },
  },
  {
    it: "an object tells its type, its text and its docs",
    cells: ["word = 'abc'\nword?"],
    shows: { ok: true, out: like(/^Type: +str\nString form: 'abc'\nLength: +3\nDocstring:/) },
  },
  {
    it: "what lies in an object is found by dots and brackets",
    cells: ["held = {'key': [asked]}\nheld['key'][0]?"],
    shows: { ok: true, out: having("Docstring: What it does.") },
  },
  {
    it: "a built-in method tells its signature",
    cells: ["held.get?"],
    shows: { ok: true, out: having("Signature: get(key, default=None, /)") },
  },
  {
    it: "asking runs no code of the value",
    cells: [
      "ran = []\nclass Loud:\n    @property\n    def p(self): ran.append('property')\n    def __getattr__(self, name): ran.append(name)\n    def __repr__(self): ran.append('repr'); return 'Loud'\n    def __len__(self): ran.append('len'); return 1\nloud = Loud()",
      "loud?",
      "loud.p?",
      "loud.nothing?",
      "loud*?\nran",
    ],
    shows: result("[]"),
  },
  { it: "what is not there is said so", cells: ["nowhere?"], shows: printed("Object `nowhere` not found.\n") },
  {
    it: "a pattern lists names, also of what lies in an object",
    cells: ["pattern_one = pattern_two = 1\npattern_*?"],
    shows: printed("pattern_one\npattern_two\n"),
  },
  {
    it: "a pattern lists attributes",
    cells: ["word.is*pper?"],
    shows: printed("word.isupper\n"),
  },
  {
    it: "a magic tells what it does",
    cells: ["%timeit?"],
    shows: { ok: true, out: like(/^%timeit, %%timeit: Run code many times/) },
  },
  {
    it: "%pinfo, %pdoc, %pdef, %psource ask in words",
    cells: ["%pdef asked\n%pdoc asked\n%psource asked"],
    shows: printed(
      "asked(a, b=2, *, c=None)\nWhat it does.\ndef asked(a, b=2, *, c=None):\n    'What it does.'\n    return a\n",
    ),
  },
  {
    it: "a question about nothing is answered with a page of what can be asked",
    cells: ["?"],
    shows: { ok: true, out: like(/^obj\?, obj\?\? +what it is/) },
  },
  {
    it: "a question in a text or a comment is none",
    cells: ["x = 'is it?' # what?\nx # really?"],
    shows: result("'is it?'"),
  },
];
