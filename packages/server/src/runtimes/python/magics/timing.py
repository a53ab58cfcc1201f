"""%time, %timeit, %prun: how long code takes."""

import ast
import gc
import itertools
import math
import os
import time

from .. import dialect
from ..errors import UsageError
from . import table


@table.line("time", takes_code=True)
@table.cell("time")
async def time_once(call):
    """Run code once and tell how long it took; its value is the result."""
    if call.body is not None and call.line:
        raise UsageError("%%time takes the lines below it; code in its own line is for %time")
    text, place = (call.line, call.place) if call.body is None else (call.body, call.body_place)
    if not text.strip():
        raise UsageError("%time wants code: %time sum(range(1000))")
    parts = call.compile(text, place)
    value = None
    before = _processor_time()
    start = time.perf_counter()
    try:
        for code in parts:
            value = await call.evaluate(code)
    finally:
        wall = time.perf_counter() - start
        user, system = (now - then for now, then in zip(_processor_time(), before))
        if user or system:
            print(f"CPU times: user {span(user)}, sys: {span(system)}, total: {span(user + system)}")
        print(f"Wall time: {span(wall)}")
    return value


def _processor_time():
    """Finely where the system tells it so."""
    try:
        from resource import RUSAGE_SELF, getrusage
    except ImportError:
        now = os.times()
        return now.user, now.system
    used = getrusage(RUSAGE_SELF)
    return used.ru_utime, used.ru_stime


def span(seconds, digits=3):
    """A span of time as people say it."""
    if seconds >= 60:
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}h {minutes}min {rest}s" if hours else f"{minutes}min {rest}s"
    for unit, scale in (("s", 1), ("ms", 1e3), ("µs", 1e6), ("ns", 1e9)):
        if seconds * scale >= 1:
            return f"{seconds * scale:.{digits}g} {unit}"
    return f"{seconds * 1e9:.{digits}g} ns"


class TimeitResult:
    """What %timeit -o gives: every run, and what they say together."""

    def __init__(self, loops, repeat, best, worst, all_runs, compile_time, precision=3):
        self.loops, self.repeat = loops, repeat
        self.best, self.worst = best, worst
        self.all_runs, self.compile_time = all_runs, compile_time
        self.timings = [run / loops for run in all_runs]
        self.average = math.fsum(self.timings) / len(self.timings)
        self.stdev = math.sqrt(math.fsum((one - self.average) ** 2 for one in self.timings) / len(self.timings))
        self._precision = precision

    def __str__(self):
        runs = f"{self.repeat} run{'s' if self.repeat != 1 else ''}, {self.loops:,} loop{'s' if self.loops != 1 else ''} each"
        average, deviation = span(self.average, self._precision), span(self.stdev, self._precision)
        return f"{average} ± {deviation} per loop (mean ± std. dev. of {runs})"

    def __repr__(self):
        return f"<TimeitResult : {self}>"


@table.line("timeit", takes_code=True)
@table.cell("timeit")
async def time_often(call):
    """Run code many times: -n loops, -r runs, -p digits, -q quietly, -o gives the numbers as a result."""
    options, rest = call.options("oq", "nrp", strict=False)
    loops = table.number(options.get("n", "0"), "-n")
    repeat = table.number(options.get("r", "7"), "-r")
    digits = table.number(options.get("p", "3"), "-p")
    if repeat < 1 or loops < 0:
        raise UsageError("%timeit wants at least one run of one loop")
    setup, statement, place = ("", rest, call.place)
    if call.body is not None:
        setup, statement, place = rest, call.body, call.body_place
    elif (at := call.line.find(rest)) > 0:
        place = dialect.Place(place.filename, place.line, place.column + len(call.line[:at].encode()))
    if not statement.strip():
        raise UsageError("%timeit wants code: %timeit sum(range(1000))")
    begun = time.perf_counter()
    run = _timer(call, setup, statement, place)
    compiled = time.perf_counter() - begun
    if not loops:
        loops = 1
        while await run(loops) < 0.2 and loops < 10**9:
            loops *= 10
    all_runs = [await run(loops) for _ in range(repeat)]
    result = TimeitResult(loops, repeat, min(all_runs) / loops, max(all_runs) / loops, all_runs, compiled, digits)
    if "q" not in options:
        if result.worst > 4 * result.best > 0 and result.best > 1e-6:
            print(
                f"The slowest run took {result.worst / result.best:0.2f} times longer than the fastest. "
                "This could mean that an intermediate result is being cached."
            )
        print(result)
    return result if "o" in options else None


def _timer(call, setup, statement, place):
    """A loop around the code as a function of its own: names it binds are the loop's, and fast."""
    body = dialect.parse(statement, place, call.cells.flags, table, call.cells.knows).body
    before = dialect.parse(setup, dialect.Place(place.filename, call.place.line), call.cells.flags, table, call.cells.knows).body
    waits = any(isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for part in (*before, *body) for node in ast.walk(part))
    frame = ast.parse(
        f"{'async ' if waits else ''}def inner(_it, _timer):\n    _t0 = _timer()\n    for _i in _it: pass\n    return _timer() - _t0\n"
    )
    function = frame.body[0]
    function.body[1].body = body
    function.body[:0] = before
    code = compile(frame, place.filename, "exec", call.cells.flags, dont_inherit=True)
    scope = {**call.names, **call.locals} if call.locals else call.names
    made = {}
    exec(code, scope, made)
    inner = made["inner"]

    async def run(loops):
        collects = gc.isenabled()
        gc.disable()
        try:
            took = inner(itertools.repeat(None, loops), time.perf_counter)
            return await took if waits else took
        finally:
            if collects:
                gc.enable()

    return run


@table.line("prun", takes_code=True)
@table.cell("prun")
async def profile(call):
    """Run code under the profiler: -s order, -l lines or a part of a name, -q quietly, -T file for the text, -D file for the data, -r gives the numbers as a result."""
    import cProfile
    import io
    import pstats

    options, rest = call.options("qr", "slTD", strict=False)
    text, place = (rest, call.place) if call.body is None else (call.body, call.body_place)
    parts = call.compile(text, place)
    profiler = cProfile.Profile()
    try:
        for code in parts:
            profiler.enable()
            try:
                await call.evaluate(code)
            finally:
                profiler.disable()
    except SystemExit:
        print("*** SystemExit exception caught in code being profiled.")
    said = io.StringIO()
    stats = pstats.Stats(profiler, stream=said).strip_dirs().sort_stats(options.get("s", "time"))
    limit = options.get("l", "")
    stats.print_stats(*([int(limit) if limit.isdecimal() else float(limit) if "." in limit else limit] if limit else []))
    if "T" in options:
        with open(options["T"], "w") as file:
            file.write(said.getvalue())
        print(f"*** The profile is in the file {options['T']} as text.")
    if "D" in options:
        stats.dump_stats(options["D"])
        print(f"*** The profile is in the file {options['D']} as data.")
    if "q" not in options:
        print(said.getvalue().strip())
    return stats if "r" in options else None
