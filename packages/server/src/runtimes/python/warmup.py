"""What a memory image holds besides these helpers: the modules that everyone imports, the usual ways walked once."""

import contextlib
import gc
import importlib
import io

from . import embedded, kernel

_MODULES = """
abc argparse array ast asyncio base64 binascii bisect bdb builtins cProfile calendar cmd code codecs collections collections.abc
colorsys concurrent.futures configparser contextlib contextvars copy csv dataclasses datetime decimal difflib
email.message enum fnmatch fractions functools gc getpass glob gzip hashlib heapq hmac html html.parser http
http.client importlib.metadata inspect io ipaddress itertools json keyword linecache locale logging math
mimetypes numbers operator os os.path pathlib pdb pickle pickletools platform pprint pstats queue random re reprlib
secrets shlex shutil signal socket statistics string struct subprocess sys tempfile textwrap threading time
timeit tokenize tomllib traceback types typing unicodedata unittest urllib.parse urllib.request uuid warnings
weakref xml.etree.ElementTree zipfile zlib zoneinfo
""".split()

_CELLS = [
    "1 + 1",
    "import math\nx = [math.sqrt(n) for n in range(10)]\nx",
    "def f(a, b=2):\n    'doc'\n    return a + b\nf(1)",
    "class A:\n    def __init__(self):\n        self.n = 1\n    def __repr__(self):\n        return 'A'\na = A()\na",
    "1 / 0",
    "def f(:",
    "import asyncio\nawait asyncio.sleep(0)",
    "d = {'key': (1, 2.5, None)}\nd",
    "%time f(1)",
    "if True:\n    f?",
    "%who",
]


def run():
    for name in _MODULES:
        importlib.import_module(name)
    kernel.prepare()
    embedded.install_loop()
    with contextlib.redirect_stdout(io.StringIO()):  # nobody listens to what is only practised
        for number, code in enumerate(_CELLS):
            kernel.cells.run(number, code, {})
    for way, argument in (
        *(("list_globals", ""), ("get_type", "x"), ("get_repr", "a"), ("get_dir", "a"), ("get_doc", "f")),
        *(("eval_expr", "[len(d), a.n, x[0] + 1]"), ("get_last_exception", "")),
    ):
        kernel.inspector.answer(way, argument)
    kernel.complete("math.sq", 7, kernel.cells.names)
    kernel.is_complete("for n in x:", kernel.cells.flags)
    kernel.prepare()
    gc.collect()
