import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runIn, type World } from "./runtime-world.ts";

/** For runtimes whose Python reaches nothing of the host. */
export function runtimeSeal(world: World): void {
  describe("a seal", () => {
    it("is what the runtime says of itself", () => {
      expect(world.runtime.sealed).toBe(true);
    });

    it("lets nobody be kept from Python by a folder that is not there any more", async () => {
      const kernel = await world.start({ cwd: "/no/such/folder" });
      expect((await runIn(kernel, "1 + 1")).result?.text).toBe("2");
      kernel.kill("tested");
    });

    it("keeps the host's files, commands, network and environment out of reach", async () => {
      process.env["DAIMON_TOKEN"] = "dmn_secret";
      const { secret } = world.under;
      const probes = [
        `open(${JSON.stringify(secret)}).read()`,
        `import os; os.system('cat ${secret}')`,
        `import os; os.popen('cat ${secret}').read()`,
        `import subprocess; subprocess.run(['cat', ${JSON.stringify(secret)}], capture_output=True).stdout`,
        `import os; os.execv('/bin/cat', ['cat', ${JSON.stringify(secret)}])`,
        "import os; os.fork()",
        `import ctypes; ctypes.CDLL(None).system(b'cp ${secret} ${secret}.copy')`,
        "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)",
        "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
        "import os; os.kill(1, 0)",
      ];
      const probed = await world.start();
      const succeeded: string[] = [];
      for (const code of probes) {
        const { ok, result } = await runIn(probed, code);
        if (ok && result?.text !== "-1") succeeded.push(code);
      }
      expect(succeeded).toEqual([]);
      expect(existsSync(`${secret}.copy`)).toBe(false);
      expect((await runIn(probed, "import os; dict(os.environ)")).result?.text).not.toContain("dmn_secret");
      expect((await runIn(probed, "1 + 1")).result?.text).toBe("2");
      delete process.env["DAIMON_TOKEN"];
      probed.kill("tested");
    });
  });
}
