import { expect, it, describe } from "vitest";
import type { World } from "./runtime-world.ts";

export function runtimeVariables(world: World): void {
  const { run } = world;
  const named = async (...names: string[]) => {
    const { rows } = (await world.kernel.variables()) ?? { rows: [] };
    return rows.filter(({ name }) => names.includes(name));
  };

  describe("its variables", () => {
    it("are told with type, size and a glimpse, those that changed last first", async () => {
      await run("older = [1, 2, 3]\nsmall = b'x'");
      await run("newer = 'four'");
      const [newer, ...others] = await named("older", "newer", "small");
      expect(newer).toMatchObject({ name: "newer", type: "str", size: "4 characters", preview: "'four'" });
      expect(others).toMatchObject([
        { name: "older", type: "list", size: "3 items", preview: "[1, 2, 3]" },
        { name: "small", type: "bytes", size: "1 byte" },
      ]);
      expect(newer?.cell).toBeGreaterThan(others[0]?.cell ?? Infinity);
      await run("older.append(4)");
      expect((await named("older", "newer")).map(({ name }) => name)).toEqual(["older", "newer"]);
    });

    it("that have a shape are told with it", async () => {
      await run("class Grid: pass\ngrid = Grid()\ngrid.shape, grid.dtype = (3, 4), 'float64'");
      expect((await named("grid"))[0]).toMatchObject({ type: "Grid", size: "3 x 4" });
    });

    it("are looked at without running their code, and are not told of once they are gone", async () => {
      await run(`
class Loud:
    def __repr__(self): touched.append('repr'); return 'loud'
    def __len__(self): touched.append('len'); return 1
    def __getattr__(self, name): touched.append(name); raise AttributeError(name)
touched, loud = [], Loud()`);
      const [row] = await named("loud");
      expect(row).toMatchObject({ name: "loud", type: "Loud" });
      expect(row).not.toHaveProperty("size");
      expect((await run("touched")).result?.text).toBe("[]");
      await run("del loud");
      expect(await named("loud")).toEqual([]);
    });

    it("are bounded: of too many the rest is counted, of one that never ends a glimpse is shown", async () => {
      await run("for n in range(300): globals()[f'many{n}'] = n\nendless = 'x' * 10_000_000");
      const told = await world.kernel.variables();
      // A Python that is slow just now shows fewer, and counts more.
      expect(told?.rows.length).toBeLessThanOrEqual(200);
      expect((told?.rows.length ?? 0) + (told?.more ?? 0)).toBeGreaterThanOrEqual(301);
      expect(JSON.stringify(told).length).toBeLessThan(256 * 1024);
      await run("for n in range(300): del globals()[f'many{n}']\ndel endless");
    });
  });
}
