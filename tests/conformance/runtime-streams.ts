import { describe, expect, it } from "vitest";
import type { World } from "./runtime-world.ts";

export function runtimeStreams(world: World): void {
  const { value, watch } = world;

  describe("output", () => {
    it("is heard while the cell still runs", async () => {
      const watched = watch("print('first')\nimport time\ntime.sleep(1000)");
      await watched.says("first\n");
      world.kernel.interrupt();
      await watched.result;
    });

    it("is heard without a newline and without a flush, though the cell is busy", async () => {
      const watched = watch("print('dots', end='')\nwhile True: pass");
      await watched.says("dots");
      world.kernel.interrupt();
      await watched.result;
    });

    it("comes in order and before the result, each stream as what it is", async () => {
      const code = "import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three')";
      const watched = watch(code);
      await watched.result;
      expect(watched.pieces).toEqual(["stdout one\n", "stderr two\n", "stdout three\n"]);
    });

    it("carries every character whole, and shows what is none", async () => {
      const code =
        "import os, sys\nfor n in range(20_000): print('é😀', end='')\nprint('\\ud800')\n" +
        "sys.stdout.buffer.write(b'\\xff\\x00\\n'); os.write(1, 'ü'.encode()[:1]); os.write(1, 'ü'.encode()[1:])";
      const watched = watch(code);
      await watched.result;
      expect(watched.out()).toBe("é😀".repeat(20_000) + "\\ud800\n\ufffd\0\nü");
    });

    it("of a very long prompt shows its beginning and its end, and says so", async () => {
      const watched = watch("input('a' * 5000 + '?')");
      const { prompt } = await watched.asks();
      expect(prompt).toBe(`${"a".repeat(2000)}\n[1001 characters left out]\n${"a".repeat(1999)}?`);
      world.kernel.answer("yes");
      expect((await watched.result).result?.text).toBe("'yes'");
    });

    it("that ends in the middle of a character shows that in its own cell, not in the next", async () => {
      const cut = watch("import os\nos.write(1, 'ü'.encode()[:1]); os.write(2, 'é'.encode()[:1]);");
      await cut.result;
      expect(cut.pieces).toEqual(["stdout \ufffd", "stderr \ufffd"]);
      const next = watch("print('\ufeffnext')");
      await next.result;
      expect(next.out()).toBe("\ufeffnext\n");
    });

    it("of 10 MB without a newline arrives whole", async () => {
      const watched = watch("print('x' * 10_000_000, end='')");
      await watched.result;
      expect(watched.out().length).toBe(10_000_000);
    });

    it("without an end can be stopped", async () => {
      const watched = watch("while True: print('flood ' * 1000)");
      await watched.says("flood");
      world.kernel.interrupt();
      expect((await watched.result).outcome).toBe("interrupted");
      expect(await value("1 + 1")).toBe("2");
    });
  });

  describe("input()", () => {
    it("waits for a line and gets it as it was typed", async () => {
      const watched = watch("line = input('name? ')\nline");
      expect(await watched.asks()).toEqual({ prompt: "name? ", password: false });
      world.kernel.answer("Ada 😀 Lovelace");
      expect((await watched.result).result?.text).toBe("'Ada 😀 Lovelace'");
    });

    it("may be asked again and again, for passwords too, and through sys.stdin", async () => {
      const watched = watch("import getpass, sys\n(input('a'), getpass.getpass('b'), sys.stdin.readline())");
      expect(await watched.asks()).toEqual({ prompt: "a", password: false });
      world.kernel.answer("1");
      expect(await watched.asks()).toEqual({ prompt: "b", password: true });
      world.kernel.answer("2");
      expect(await watched.asks()).toEqual({ prompt: "", password: false });
      world.kernel.answer("3");
      expect((await watched.result).result?.text).toBe("('1', '2', '3\\n')");
    });

    it("may ask at great length", async () => {
      const watched = watch("input('why ' * 1_000_000)");
      expect((await watched.asks()).prompt).toMatch(/^why why /);
      world.kernel.answer("because");
      expect((await watched.result).result?.text).toBe("'because'");
    });

    it("ends with EOFError when nobody will answer", async () => {
      const watched = watch("input()");
      await watched.asks();
      world.kernel.answer(null);
      expect((await watched.result).error?.name).toBe("EOFError");
    });

    it("that was interrupted never gets the next one's place in line", async () => {
      const twice = "try: input('first')\nexcept KeyboardInterrupt: pass\ninput('second')";
      const watched = watch(twice);
      await watched.asks();
      world.kernel.interrupt();
      world.kernel.answer("late");
      await watched.asks();
      world.kernel.answer("right");
      expect((await watched.result).result?.text).toBe("'right'");
    });

    it("can be interrupted, and a late answer is nobody's", async () => {
      const first = watch("input('first')");
      await first.asks();
      world.kernel.interrupt();
      expect((await first.result).outcome).toBe("interrupted");
      world.kernel.answer("late");
      const second = watch("input('second')");
      await second.asks();
      world.kernel.answer("right");
      expect((await second.result).result?.text).toBe("'right'");
    });
  });
}
