import { expect } from "vitest";
import { having, like, printed, result, type Row } from "./rows.ts";

const png = { "image/png": expect.objectContaining({ type: "image/png" }) };

/** Results and displays in richer forms than text. */
export const richRows: Row[] = [
  {
    it: "a long dict has an entry in each line, a long list as many plain items as fit",
    cells: ["{'first' * 5: 'one' * 10, 'second' * 5: list(range(30))}"],
    shows: result(
      "{'firstfirstfirstfirstfirst': 'oneoneoneoneoneoneoneoneoneone',\n" +
        " 'secondsecondsecondsecondsecond': [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,\n" +
        "                                    13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,\n" +
        "                                    24, 25, 26, 27, 28, 29]}",
    ),
  },
  {
    it: "what fits into a line stays in one",
    cells: ["[{'a': [1, 2]}, (3,), {4}, 'five']"],
    shows: result("[{'a': [1, 2]}, (3,), {4}, 'five']"),
  },
  {
    it: "what is nested deeply is shown to its end",
    cells: ["deep = 'core'\nfor n in range(30): deep = [deep]\ndeep"],
    shows: result(`${"[".repeat(30)}'core'${"]".repeat(30)}`),
  },
  {
    it: "an array, a namespace and a partial function are written as Python writes them",
    cells: [
      "import array, functools, types\n[array.array('i', [1, 2]), types.SimpleNamespace(a=1), functools.partial(print, 1)]",
    ],
    shows: result("[array('i', [1, 2]), namespace(a=1), functools.partial(<function print>, 1)]"),
  },
  {
    it: "a form far too large is told of, though there is hardly the memory for it",
    cells: [
      "class Page:\n    def __repr__(self): return 'Page'\n    def _repr_html_(self): return 'x' * 100_000_000\nPage()",
    ],
    shows: { ...result(having("Page\n[its form text/html of 95.4 MiB is not shown") as string), forms: [] },
  },
  {
    it: "every form that a value offers arrives",
    cells: [
      "class All:\n    def __repr__(self): return 'All'\n    def _repr_html_(self): return '<b>h</b>'\n    def _repr_markdown_(self): return '*m*'\n    def _repr_latex_(self): return '$l$'\n    def _repr_svg_(self): return '<svg/>'\n    def _repr_png_(self): return b'\\x89PNG'\n    def _repr_jpeg_(self): return b'\\xff\\xd8'\n    def _repr_json_(self): return {'j': 1}\nAll()",
    ],
    shows: {
      ...result("All"),
      bundle: {
        "text/html": "<b>h</b>",
        "text/markdown": "*m*",
        "text/latex": "$l$",
        "image/svg+xml": "<svg/>",
        "image/png": "iVBORw==",
        "image/jpeg": "/9g=",
        "application/json": '{"j": 1}',
      },
    },
  },
  {
    it: "_repr_mimebundle_ says all at once, its text too",
    cells: [
      "class Bundle:\n    def _repr_mimebundle_(self, include=None, exclude=None): return {'text/plain': 'said', 'text/html': '<i>x</i>'}, {'meta': 1}\nBundle()",
    ],
    shows: { ...result("said"), bundle: { "text/html": "<i>x</i>" } },
  },
  {
    it: "what _repr_mimebundle_ says goes before what single methods say",
    cells: [
      "class Both:\n    def __repr__(self): return 'Both'\n    def _repr_mimebundle_(self, include=None, exclude=None): return {'text/html': 'bundle'}\n    def _repr_html_(self): return 'single'\nBoth()",
    ],
    shows: { ...result("Both"), bundle: { "text/html": "bundle" } },
  },
  {
    it: "forms that are too large together are shown as far as there is room",
    cells: [
      "class Two:\n    def __repr__(self): return 'Two'\n    def _repr_html_(self): return 'x' * (4 << 20)\n    def _repr_markdown_(self): return 'y' * (4 << 20)\nTwo()",
    ],
    shows: {
      ...result(having("Two\n[its form text/markdown of 4.0 MiB is not shown") as string),
      forms: ["text/html"],
    },
  },
  {
    it: "a form that fails is told of, and the text is there",
    cells: ["class Fails:\n    def __repr__(self): return 'Fails'\n    def _repr_html_(self): return 1 / 0\nFails()"],
    shows: { ...result("Fails"), forms: [], err: having("_repr_html_ of Fails raised ZeroDivisionError") },
  },
  {
    it: "a value that displays itself does so, and is no result beside",
    cells: ["class Self:\n    def _ipython_display_(self): display('myself')\nSelf()"],
    shows: { ok: true, result: "", displays: [{ text: "'myself'" }] },
  },
  {
    it: "display shows values among the output, forms given as they are, and an id to update by",
    cells: [
      "handle = display(1, display_id='a')\nhandle.update(2)\ndisplay({'text/html': '<p>', 'text/plain': 'p'}, raw=True)\nhandle.display_id",
    ],
    shows: {
      ...result("'a'"),
      displays: [{ text: "1" }, { text: "2" }, { text: "p", bundle: { "text/html": "<p>" } }],
    },
  },
  {
    it: "who updates a display or clears the output is told once what becomes of it",
    cells: [
      "%reset -f",
      "import _daimon.display; _daimon.display._said.clear()\nfrom IPython.display import clear_output\nhandle = display(1, display_id=True)\nfor n in range(3): handle.update(n); clear_output(wait=True)",
    ],
    shows: {
      ok: true,
      displays: [{ text: "1" }, { text: "0" }, { text: "1" }, { text: "2" }],
      err: "(a display that is updated is shown anew, below what there is)\n(what was shown stays in the session's log; what comes now is shown below it)\n",
    },
  },
  {
    it: "_repr_pretty_ writes a value, in lines where one would be too long",
    cells: [
      "class Pair:\n    def __init__(self, *parts): self.parts = parts\n    def _repr_pretty_(self, p, cycle):\n        if cycle: return p.text('Pair(...)')\n        with p.group(5, 'Pair(', ')'):\n            for n, part in enumerate(self.parts):\n                if n: p.text(','); p.breakable()\n                p.pretty(part)",
      "[Pair(1, 'two'), Pair(Pair(3), 'x' * 30, 'y' * 20)]",
    ],
    shows: result(`[Pair(1, 'two'),\n Pair(Pair(3), '${"x".repeat(30)}', '${"y".repeat(20)}')]`),
  },
  {
    it: "_repr_pretty_ breaks the lines of a group that does not fit, and of no other",
    cells: ["Pair(Pair(1, 2), *('x' * 30 for n in range(3)))"],
    shows: result(
      `Pair(Pair(1, 2),\n     ${Array(3)
        .fill(`'${"x".repeat(30)}'`)
        .join(",\n     ")})`,
    ),
  },
  {
    it: "_repr_pretty_ knows what it is in the middle of, through containers too",
    cells: ["pair = Pair(); pair.parts = (pair, [pair]); pair"],
    shows: result("Pair(Pair(...), [Pair(...)])"),
  },
  {
    it: "_repr_pretty_ goes before the __repr__ of the same class, and behind that of one nearer",
    cells: [
      "class Kept(list):\n    def _repr_pretty_(self, p, cycle): p.text('pretty')\n    def __repr__(self): return 'plain'\nclass Near(Kept):\n    def __repr__(self): return 'near'\n(Kept(), Near())",
    ],
    shows: result("(pretty, near)"),
  },
  {
    it: "_repr_pretty_ that fails says so, and one without end is cut",
    cells: [
      "class Bad:\n    def _repr_pretty_(self, p, cycle): 1 / 0\nclass Long:\n    def _repr_pretty_(self, p, cycle):\n        for n in range(100_000): p.text('long ')\n(Bad(), len(str(Long)), Bad())",
      "(Bad(), Long())",
    ],
    shows: {
      ok: true,
      result: like(
        /^\(<Bad: its _repr_pretty_ raised ZeroDivisionError: division by zero>, long long [^]* characters left out /,
      ),
    },
  },
  {
    it: "from IPython.display import what people import",
    cells: [
      "from IPython.display import display, HTML, Markdown, Latex, SVG, JSON, Image, Math, Pretty, Javascript, clear_output, update_display\ndisplay(HTML('<b>'), Markdown('*'))\nclear_output()\nLatex('$x$')",
    ],
    shows: {
      ok: true,
      bundle: { "text/latex": "$x$" },
      displays: [{ bundle: { "text/html": "<b>" } }, { bundle: { "text/markdown": "*" } }],
    },
  },
  {
    it: "Image shows bytes and files",
    cells: [
      "data = b'\\x89PNG\\r\\n' + bytes(9)\nopen('p.png', 'wb').write(data);",
      "from IPython.display import Image\ndisplay(Image('p.png'))\nImage(data=data)",
    ],
    shows: { ok: true, forms: ["image/png"], displays: [{ bundle: { "image/png": like(/^iVBORw0K/) } }] },
  },
  {
    it: "%%html, %%markdown, %%latex and %%svg show their lines as what they are",
    cells: ["%%html\n<b>bold</b>"],
    shows: { ok: true, displays: [{ text: "<b>bold</b>", bundle: { "text/html": "<b>bold</b>" } }] },
  },
  {
    it: "more forms than a value may have are told of",
    cells: ["display({f'text/x{n}': 'x' for n in range(10)}, raw=True)"],
    shows: { ok: true, displays: [{ text: having("[2 more forms are not shown: a value has at most 8]") }] },
  },
  {
    it: "a picture too large for a frame is told of",
    cells: [
      "class Huge:\n    def __repr__(self): return 'Huge'\n    def _repr_png_(self): return bytes(5 << 20)\nHuge()",
    ],
    shows: {
      ...result(
        "Huge\n[its form image/png of 6.7 MiB is not shown: there is room for 6 MiB; make it smaller or save it to a file]",
      ),
      forms: [],
    },
  },
  {
    it: "the missing numpy of a sealed Python says how to get one",
    on: "sealed",
    cells: ["import numpy"],
    shows: {
      ok: false,
      error: having(
        "ModuleNotFoundError: No module named 'numpy'\n(the sealed Python has the standard library alone; /runtime cpython PATH changes to a Python of yours that may have numpy)",
      ),
    },
  },
  {
    it: "a DataFrame arrives as a table and as text",
    on: "own",
    cells: ["import pandas as pd\npd.DataFrame({'a': [1, 2]})"],
    shows: { ...result("   a\n0  1\n1  2"), bundle: { "text/html": like(/<table border="1" class="dataframe">/) } },
  },
  {
    it: "a figure arrives at the end of its cell, whole, and is closed",
    on: "own",
    cells: ["import matplotlib.pyplot as plt\nplt.plot([1, 2]);", "plt.get_fignums()"],
    shows: result("[]"),
  },
  {
    it: "a figure is shown as PNG",
    on: "own",
    cells: ["plt.plot([1, 2]);"],
    shows: { ok: true, result: "", err: "", displays: [{ text: "<Figure size 640x480 with 1 Axes>", bundle: png }] },
  },
  {
    it: "a figure that a cell gives back is shown once",
    on: "own",
    cells: ["fig, ax = plt.subplots()\nfig"],
    shows: { ...result("<Figure size 640x480 with 1 Axes>"), displays: [], bundle: png },
  },
  {
    it: "plt.show() shows at once",
    on: "own",
    cells: ["print('a')\nplt.plot([1])\nplt.show()\nprint('b')"],
    shows: { ...printed("a\nb\n"), displays: [{ bundle: png }] },
  },
  {
    it: "a figure that cannot be drawn says why, and no later cell hears of it",
    on: "own",
    cells: ["plt.title(r'$\\\\nothing$');", "1 + 1"],
    shows: { ...result("2"), err: "" },
  },
  {
    it: "the cell of a figure that cannot be drawn goes on",
    on: "own",
    cells: ["plt.title(r'$\\\\nothing$');\n5"],
    shows: { ...result("5"), err: having("drawing the figure raised ValueError") },
  },
  {
    it: "%config InlineBackend.figure_format makes them SVG",
    on: "own",
    cells: [
      "%config InlineBackend.figure_format = 'svg'\nplt.plot([1]);",
      "%config InlineBackend.figure_format = 'png'",
    ],
    shows: { ok: true },
  },
  {
    it: "%matplotlib inline is how it is anyway",
    on: "own",
    cells: ["%matplotlib inline", "plt.get_backend()"],
    shows: result("'module://_daimon_inline'"),
  },
  {
    it: "%precision holds for arrays too",
    on: "own",
    cells: ["import numpy as np\n%precision 2", "np.array([3.14159])"],
    shows: result("array([3.14])"),
  },
];
