import type { ResultOf } from "@daimon/protocol";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits, Failure, usage } from "../failure.ts";
import { isPiped, readStdin } from "../input.ts";
import { nearest } from "../nearest.ts";
import { daimon, type Opened, withClient } from "../open.ts";
import { sanitise } from "@daimon/protocol/sanitise";
import { askSecret } from "../term/secret.ts";

type Kept = Extract<ResultOf<"provider/login">, { is: "kept" }>;
type SignedIn = Extract<ResultOf<"provider/signedIn">, { is: "kept" }>;
type Failed = Exclude<ResultOf<"provider/login">, Kept>;
type Known = ResultOf<"provider/list">["providers"][number];

export async function command(given: Arguments): Promise<Exit> {
  const host = given.option("host");
  const provider = given.word("PROVIDER");
  if ((host === undefined) === (provider === undefined))
    throw usage('"daimon login" needs PROVIDER, or --host URL where another daemon is meant');
  if (host !== undefined) {
    const { logInAt } = await import("../signin/host.ts");
    process.stdout.write(sanitise(await logInAt(host, process.env)));
    return exits.done;
  }
  return withClient(async (client) => {
    const known = await providerNamed(client, provider ?? "");
    const lines = given.flag("experimental")
      ? await signIn(client, known)
      : await giveKey(client, known, given.flag("browser"));
    process.stdout.write(sanitise([...lines, ...nextSteps(known.name), ""].join("\n")));
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

async function giveKey(client: Opened, { name, url, signIn: other }: Known, browser: boolean): Promise<string[]> {
  const key = browser ? await keyFromBrowser(name, url, other !== undefined) : await keyFor(name);
  const done = await client.request("provider/login", { provider: name, key });
  if (done.is !== "kept") throw nothingKept(done);
  const { variable, file, shadowed } = done;
  return [
    `${name} takes the key; it is kept as ${variable} in ${file}`,
    ...(shadowed
      ? [
          `but the daemon's environment has another ${variable}, which goes before it: unset that, then ${daimon(process.env)} stop`,
        ]
      : []),
    ...(other?.is === "in" ? ["the key goes before the sign-in that there is, and is what pays from now on"] : []),
  ];
}

async function keyFromBrowser(name: string, url: string | undefined, signsIn: boolean): Promise<string> {
  if (signsIn) throw usage(`signing in at ${name} is an experiment: say so with "daimon login ${name} --experimental"`);
  if (name !== "openrouter")
    throw usage(`only openrouter gives keys to a browser; "daimon login ${name}" asks for one`);
  const { keyFromOpenRouter } = await import("../signin/openrouter.ts");
  return keyFromOpenRouter({ url, show });
}

async function keyFor(name: string): Promise<string> {
  const key = isPiped() ? await readStdin() : await askSecret(`key for ${name} (it is not shown): `);
  if (key.trim() === "") throw usage("no key was given; nothing was changed");
  return key.trim();
}

async function signIn(client: Opened, { name, variable, signIn: offered }: Known): Promise<string[]> {
  if (!offered) throw usage(`${name} has no sign-in; "daimon login ${name}" asks for a key`);
  const { signInAtOpenAI } = await import("../signin/openai.ts");
  const done = await signInAtOpenAI({ client, provider: name, show });
  if (done.is !== "kept") throw nothingKept(done);
  return signedIn(name, variable, done);
}

const signedIn = (name: string, variable: string | undefined, { as, file, shadowed }: SignedIn): string[] => [
  `${name} lets daimon in${as === undefined ? "" : ` as ${as}`}, on your ChatGPT plan; the sign-in is kept in ${file}`,
  ...(shadowed
    ? [`but ${variable} is set, which goes before it and is what pays: take it out of .env, or unset it`]
    : []),
  `this is an experiment; "${daimon(process.env)} logout ${name}" ends it`,
];

const show = (address: string): void =>
  void process.stderr.write(`open this in a browser on this machine, within five minutes:\n${sanitise(address)}\n`);

const nothingKept = ({ is, why }: Failed): Failure =>
  new Failure(is === "refused" ? exits.refused : exits.noDaemon, `${why}; nothing was written`);

function nextSteps(name: string): string[] {
  const run = daimon(process.env);
  return [
    `next: "${run} models" lists what there is now`,
    `      /model ${name}/MODEL takes one in a session, "${run} config set model ${name}/MODEL" in all new ones`,
  ];
}
