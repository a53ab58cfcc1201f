import { beforeAll, describe, expect, it } from "vitest";
import type { CapabilityName } from "../../packages/server/src/core/ports.ts";
import type { World } from "./runtime-world.ts";

const values = `
import numpy as np, pandas as pd
touched = []
class Spy:
    def __getattr__(self, name):
        touched.append(name)
        raise AttributeError(name)
    def __repr__(self): touched.append("repr"); return "spy"
    def __eq__(self, other): touched.append("eq"); return True
    def __hash__(self): touched.append("hash"); return 1
    def __add__(self, other): touched.append("add"); return self
class Own(np.ndarray):
    def __array_finalize__(self, made): touched.append("finalize")
    def __getitem__(self, key): touched.append("item")
class Frame(pd.DataFrame):
    def head(self): touched.append("head")
    @property
    def shape(self): touched.append("shape"); return (1, 1)
class Quiet(pd.DataFrame):
    @property
    def _constructor(self): touched.append("constructor"); return pd.DataFrame
quiet = Quiet({"a": [1]})
a = np.arange(12.0).reshape(3, 4)
ints = np.arange(5)
big = np.zeros((1000, 1000, 3))
objects = np.array([Spy(), 1], dtype=object)
own = np.arange(3).view(Own)
times = np.array(["2020-01-01"], dtype="M8[D]")
df = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None], "when": pd.to_datetime(["2020"] * 3), "kind": pd.Categorical(["u", "v", "u"])})
whole = pd.Series([1, None], dtype="Int64", name="whole")
spies = pd.DataFrame({"s": [Spy()]}, index=[Spy()])
odd = pd.DataFrame([[1, 2]], columns=[Spy(), "b"])
frame = Frame({"a": [1]})
many = pd.DataFrame(np.zeros((2, 100)))
class ndarray:
    shape = property(lambda self: touched.append("shape"))
    def view(*given): touched.append("view")
ndarray.__module__ = "numpy"
forged = ndarray()
exact, fine, wide = np.longdouble("1.5"), np.datetime64("2020-01-01T00:00:00.000000001"), np.zeros(2, dtype=[("much", "f8", (100_000,))])
masked, months = np.ma.array([1, 2], mask=[0, 1]), pd.period_range("2020", periods=2, freq="M")
by_month = pd.DataFrame([[1, 2]], columns=months)
class Manager:
    axes = property(lambda self: touched.append("axes"))
    blocks = property(lambda self: touched.append("blocks"))
tampered = pd.DataFrame({"a": [1]})
object.__setattr__(tampered, "_mgr", Manager())
touched.clear()
`;

/** What eval_expr says; undefined where it is refused. */
const read: Record<string, string | undefined> = {
  "a.shape, a.dtype, a.ndim, a.size": "((3, 4), <numpy.dtype[float64] name='float64'>, 2, 12)",
  a: "<numpy.ndarray shape=(3, 4) dtype='float64' sample=[[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0, 11.0]]>",
  big: "<numpy.ndarray shape=(1000, 1000, 3) dtype='float64' sample=[[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]]>",
  times: "<numpy.ndarray shape=(1,) dtype='datetime64[D]' sample=['2020-01-01']>",
  "own.shape": "(3,)",
  "len(tampered)": undefined,
  exact: "<numpy.float128 dtype='float128' value='1.5'>",
  fine: "<numpy.datetime64 dtype='datetime64[ns]' value='2020-01-01T00:00:00.000000001'>",
  wide: "<numpy.ndarray shape=(2,) dtype='|V800000'>",
  masked: "<numpy.ma.core.MaskedArray shape=(2,) dtype='int64'>",
  months: "<pandas.core.indexes.period.PeriodIndex shape=(2,)>",
  by_month: "<pandas.core.frame.DataFrame shape=(1, 2) dtypes={'?': 'int64'} sample={'?': [2]}>",
  own: "<Own shape=(3,) dtype='int64' sample=[0, 1, 2]>",
  "a.mean(), a.max(), ints.sum(), a.mean(axis=0).tolist()": "(5.5, 11.0, 10, [4.0, 5.0, 6.0, 7.0])",
  "a[0, 1], a[:2, 0].tolist(), ints[-1]": "(1.0, [0.0, 4.0], 4)",
  "a.mean() > 5 and ints[1] == 1": "True",
  "f'{a.mean():.1f}', len(a), round(a.mean())": "('5.5', 3, 6)",
  "ints[::-1].tolist()": "[4, 3, 2, 1, 0]",
  "df.shape, len(df)": "((3, 4), 3)",
  "df.columns": "<pandas.core.indexes.base.Index shape=(4,) sample=['a', 'b', 'when', 'kind']>",
  "df['a'].mean(), df.a.sum(), df['a'].max()": "(2.0, 6, 3)",
  "df.head(2).shape": "(2, 4)",
  "df['a'].head(1)": "<pandas.core.series.Series shape=(1,) dtype='int64' sample=[1] name='a'>",
  whole: "<pandas.core.series.Series shape=(2,) dtype='IntegerArray' name='whole'>",
  "df.index": "<pandas.core.indexes.range.RangeIndex shape=(3,) sample=[0, 1, 2]>",
  "a + 1": undefined,
  "a == a": undefined,
  "a[a > 1]": undefined,
  "a.T": undefined,
  "a.sort()": undefined,
  "a.fill(0)": undefined,
  "big.tolist()": undefined,
  "objects.sum()": undefined,
  "objects.max()": undefined,
  "own[0]": undefined,
  "own.sum()": undefined,
  "forged.shape": undefined,
  "df.describe()": undefined,
  "df.apply(print)": undefined,
  "df.drop('a')": undefined,
  "df['a'].apply(print)": undefined,
  "df['nowhere']": undefined,
  "df + 1": undefined,
  "df.iloc[0]": undefined,
  "odd['b']": undefined,
  "frame.shape": undefined,
  "frame.head()": undefined,
  "quiet.head(1)": undefined,
  "spies['s'].sum()": undefined,
};

export function runtimeLibraries(world: World): void {
  const { run, value } = world;
  const look = (way: CapabilityName, argument?: string) => world.kernel.capability(way, argument);

  describe("arrays and tables", () => {
    let installed: boolean;
    beforeAll(async () => {
      const { ok, error } = await run(values);
      installed = ok;
      // Without them the reason is told, and how to come to a Python that has them.
      if (!ok) expect(error?.traceback).toMatch(/^ModuleNotFoundError: No module named 'numpy'[^]*\/runtime cpython/m);
    });

    it.each(Object.entries(read))("are read as far as nothing runs: %s", async (expression, expected) => {
      const { ok, text } = await look("eval_expr", expression);
      if (installed) expect(ok ? text : undefined).toBe(expected);
      if (!ok && installed) expect(text).toMatch(/run|too much/);
    });

    it("are told with shape, types and a sample, and nothing of theirs runs", async () => {
      if (!installed) return expect((await look("get_type", "df")).text).toContain("NameError");
      expect((await look("get_type", "df")).text).toMatch(
        /^df is a pandas.core.frame.DataFrame, shape \(3, 4\), dtypes {'a': 'int64', 'b': 'object', 'when': 'datetime64\[ns\]', 'kind': 'Categorical'}/,
      );
      expect((await look("get_type", "a")).value).toMatchObject({ shape: "(3, 4)", dtype: "'float64'" });
      const rows = (await look("list_globals")).value as { name: string; preview: string }[];
      expect(rows.find(({ name }) => name === "df")?.preview).toMatch(/^<pandas.core.frame.DataFrame shape=\(3, 4\)/);
      for (const name of ["objects", "own", "spies", "odd", "frame", "forged", "many"]) {
        for (const way of ["get_type", "get_dir", "get_doc", "eval_expr"] as const) await look(way, name);
        for (const typed of [".", "[", "['"]) await world.kernel.complete(name + typed, name.length + typed.length);
      }
      await run("kept = np.ndarray; np.ndarray = ndarray");
      for (const expression of ["forged", "a", "df", "df.tail()"]) await look("eval_expr", expression);
      await run("np.ndarray = kept; kept = pd.DataFrame.tail; pd.DataFrame.tail = lambda self: touched.append('tail')");
      expect((await look("eval_expr", "df.tail()")).text).toContain("would run");
      await run("pd.DataFrame.tail = kept");
      expect(await value("touched")).toBe("[]");
      expect(await look("get_repr", "spies")).toMatchObject({ ok: true, ran: "pandas.core.frame.DataFrame.__repr__" });
      expect((await world.kernel.complete("df['wh", 6)).matches).toEqual(["when"]);
    });
  });
}
