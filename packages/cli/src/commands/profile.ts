import { readFileSync } from "node:fs";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits, usage } from "../failure.ts";
import { decode, readStdin } from "../input.ts";
import { nearest } from "../nearest.ts";
import { withClient } from "../open.ts";
import { sanitise } from "@daimon/protocol/sanitise";

const acts = ["list", "export", "import"] as const;

export async function command(given: Arguments): Promise<Exit> {
  const act = given.needed("list|export|import");
  const named = given.word("NAME|FILE");
  if (act === "list") return list();
  if (act === "export") return hand(named);
  if (act === "import") return take(named, given.flag("force"));
  const meant = nearest(act, acts);
  throw usage(`profile has no "${act}"; ${meant ? `did you mean "${meant}"?` : `it has ${acts.join(", ")}`}`);
}

async function list(): Promise<Exit> {
  const { value } = await withClient((client) => client.request("config/get", { key: "profiles" }));
  const names = new Set(["default", ...Object.keys(value as object)]);
  return print([...names].map((name) => `${name}\n`).join(""));
}

async function hand(name: string | undefined): Promise<Exit> {
  if (name === undefined) throw usage('name the profile: profile export NAME; "daimon profile list" lists them');
  return print((await withClient((client) => client.request("profile/export", { name }))).toml);
}

async function take(file: string | undefined, force: boolean): Promise<Exit> {
  if (file === undefined) throw usage("name the file to take: profile import FILE, or - for stdin");
  const toml = file === "-" ? await readStdin() : decode(read(file), file);
  const { profiles } = await withClient((client) => client.request("profile/import", { toml, force }));
  return print(profiles.map((name) => `${name}\n`).join(""));
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw usage(`cannot read ${file}: ${(error as Error).message}`);
  }
}

function print(text: string): Exit {
  process.stdout.write(sanitise(text));
  return exits.done;
}
