import type { Home } from "@daimon/protocol/client/home";
import { accessSync, constants } from "node:fs";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { ProviderFault } from "../core/faults.ts";
import { within } from "../core/listing.ts";
import type { Clock, Finding, Kernel, Keyring, Provider, Runtime, Sandbox } from "../core/ports.ts";

/** What the daemon can say of its own health: one line each, and what to do where something is broken. */

type World = {
  home: Home;
  clock: Clock;
  keyring: Keyring;
  providers: readonly Provider[];
  runtimes: readonly Runtime[];
  sandbox: Sandbox;
};
type Check = (world: World) => Promise<Finding[]>;

const tooLittle = 200 * 1024 * 1024;

async function disk({ home }: World): Promise<Finding[]> {
  const name = "disk";
  try {
    accessSync(home.state, constants.W_OK);
    const { bavail, bsize } = await statfs(home.state);
    const free = `${Math.round((bavail * bsize) / 1024 / 1024)} MiB are free below ${home.state}`;
    if (bavail * bsize >= tooLittle) return [{ name, ok: true, says: free }];
    return [{ name, ok: false, says: `only ${free}; make room there` }];
  } catch (error) {
    return [{ name, ok: false, says: `${(error as Error).message}; make ${home.state} writable` }];
  }
}

const bootPatience = 20_000;

/** A Python of its own, as sessions get one, and a sum that it does. */
const pythons: Check = ({ runtimes, sandbox, clock }) =>
  Promise.all(
    runtimes.map(async (runtime) => {
      const name = `python ${runtime.name}`;
      // Anybody may work there; the daemon's own folders are nobody's to work in.
      const cwd = tmpdir();
      const started = clock.now();
      const stop = new AbortController();
      const cancel = clock.after(bootPatience, () => stop.abort(new Error(`it takes over ${bootPatience / 1000} s`)));
      let kernel: Kernel | undefined;
      try {
        // Nobody needs one of this machine: the sealed one is always there.
        const found = await runtime.find?.(undefined, cwd);
        if (found && "why" in found) return { name, ok: true, says: `none here: ${found.why}` };
        kernel = await runtime.start({ session: "doctor", cwd, generation: 1 }, sandbox, stop.signal);
        stop.signal.addEventListener("abort", () => kernel?.kill("it takes too long"));
        const { result } = await kernel.exec({ id: 1, code: "6 * 7" }, { output() {}, display() {}, input() {} });
        if (result?.text !== "42") throw new Error(`6 * 7 is ${result?.text ?? "nothing"}`);
        const from = runtime.startsFrom?.();
        const time = ((clock.now() - started) / 1000).toFixed(1);
        return { name, ok: true, says: `Python ${kernel.python} answers in ${time} s${from ? `, ${from}` : ""}` };
      } catch (error) {
        return { name, ok: false, says: `it does not run: ${(error as Error).message}; "daimon logs" says more` };
      } finally {
        cancel();
        kernel?.kill("the doctor is done");
      }
    }),
  );

const confinement: Check = async ({ sandbox }) => {
  const { driver, confines, says, warnings } = await sandbox.report();
  return [{ name: "sandbox", ok: confines || driver === "none", says: [says, ...warnings].join("; ") }];
};

const answerPatience = 5000;

/** Whoever is set up is asked; who has no key, and a server that nobody spoke of, is not missed. */
const asked: Check = ({ providers, keyring, clock }) =>
  Promise.all(
    keyring
      .doors()
      .filter(({ is }) => is === "open")
      .flatMap(({ name, keyed, signIn }) => {
        const provider = providers.find((one) => one.name === name);
        return provider ? [{ provider, by: keyed ? undefined : signIn?.state }] : [];
      })
      .map(async ({ provider, by }): Promise<Finding> => {
        const name = `provider ${provider.name}`;
        const verify = provider.verify ?? provider.models;
        try {
          await within(answerPatience, clock, provider.name, (signal) => verify(signal));
          return { name, ok: true, says: `it answers, and lets us in${by?.is === "in" ? ` ${asWhom(by)}` : ""}` };
        } catch (error) {
          if (!(error instanceof ProviderFault)) throw error;
          return { name, ok: false, says: error.message };
        }
      }),
  );

const asWhom = ({ as }: { as?: string }): string => `by the sign-in${as === undefined ? "" : ` of ${as}`}`;

/** Each finds something out; all run at the same time, and each has its own bound. */
const checks: readonly Check[] = [disk, confinement, pythons, asked];

export const examine = async (world: World): Promise<Finding[]> =>
  (await Promise.all(checks.map((check) => check(world)))).flat();
