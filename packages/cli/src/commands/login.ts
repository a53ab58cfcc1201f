import type { ResultOf } from "@daimon/protocol";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits, Failure, usage } from "../failure.ts";
import { isPiped, readStdin } from "../input.ts";
import { nearest } from "../nearest.ts";
import { daimon, type Opened, withClient } from "../open.ts";
import { sanitise } from "../term/sanitise.ts";
import { askSecret } from "../term/secret.ts";

type Kept = Extract<ResultOf<"provider/login">, { is: "kept" }>;
type Known = ResultOf<"provider/list">["providers"][number];

export async function command(given: Arguments): Promise<Exit> {
  return withClient(async (client) => {
    const { name, url } = await providerNamed(client, given.needed("PROVIDER"));
    const key = given.flag("browser") ? await keyFromBrowser(name, url) : await keyFor(name);
    const done = await client.request("provider/login", { provider: name, key });
    if (done.is !== "kept")
      throw new Failure(done.is === "refused" ? exits.refused : exits.noDaemon, `${done.why}; nothing was written`);
    process.stdout.write(sanitise(nextSteps(name, done)));
    return exits.done;
  });
}

/** Looked up before anything is asked: nobody types a key for what is not there. */
async function providerNamed(client: Opened, name: string): Promise<Known> {
  const { providers } = await client.request("provider/list", {});
  const known = providers.find((provider) => provider.name === name);
  const names = providers.filter(({ variable }) => variable !== undefined).map((provider) => provider.name);
  if (known?.variable !== undefined) return known;
  if (known) throw usage(`${name} takes no key; "daimon models" lists what it has`);
  const meant = nearest(name, names);
  throw usage(
    `there is no provider "${name}"; ${meant ? `did you mean "${meant}"?` : `there are ${names.join(", ")}, and those that config.toml names`}`,
  );
}

async function keyFromBrowser(name: string, url: string | undefined): Promise<string> {
  if (name !== "openrouter")
    throw usage(`only openrouter gives keys to a browser; "daimon login ${name}" asks for one`);
  const { keyFromOpenRouter } = await import("../signin/openrouter.ts");
  return keyFromOpenRouter({
    url,
    show: (address) =>
      process.stderr.write(`open this in a browser on this machine, within five minutes:\n${address}\n`),
  });
}

async function keyFor(name: string): Promise<string> {
  const key = isPiped() ? await readStdin() : await askSecret(`key for ${name} (it is not shown): `);
  if (key.trim() === "") throw usage("no key was given; nothing was changed");
  return key.trim();
}

function nextSteps(name: string, { variable, file, shadowed }: Kept): string {
  const run = daimon(process.env);
  return [
    `${name} takes the key; it is kept as ${variable} in ${file}`,
    ...(shadowed
      ? [`but the daemon's environment has another ${variable}, which goes before it: unset that, then ${run} stop`]
      : []),
    `next: "${run} models" lists what there is now`,
    `      /model ${name}/MODEL takes one in a session, "${run} config set model ${name}/MODEL" in all new ones`,
    "",
  ].join("\n");
}
