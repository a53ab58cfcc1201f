import { DaimonError, nearest, type ResultOf } from "@daimon/protocol";
import { ProviderFault } from "./faults.ts";
import { within } from "./listing.ts";
import type { Came, Clock, Door, Keyring, SignIn } from "./ports.ts";

/** A vendor far away may take its time: a person waits for it once. */
const patience = 10_000;

/** Keeps a key, once its provider was seen to take it. */
export async function logIn(
  keyring: Keyring,
  clock: Clock,
  name: string,
  key: string,
): Promise<ResultOf<"provider/login">> {
  const door = doorNamed(keyring, name);
  const { variable } = door;
  if (variable === undefined)
    throw new DaimonError("unsupported", `${name} takes no key; where it does, name its variable: ${howToName(name)}`);
  const provider = door.open(key);
  try {
    await within(patience, clock, name, (signal) => (provider.verify ?? provider.models)(signal));
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    return { is: error.passes ? "unreachable" : "refused", why: error.message };
  }
  return { is: "kept", variable, ...keyring.keep(variable, key) };
}

/** Where a person goes to sign in there. */
export const beginSignIn = (keyring: Keyring, name: string, callback: string): ResultOf<"provider/signin"> =>
  signInAt(doorNamed(keyring, name)).begin(callback);

/** Keeps what the browser came back with; a key that is there goes before it all the same. */
export async function finishSignIn(keyring: Keyring, name: string, came: Came): Promise<ResultOf<"provider/signedIn">> {
  const door = doorNamed(keyring, name);
  const done = await signInAt(door).finish(came);
  return done.is === "kept" ? { ...done, shadowed: door.keyed } : done;
}

export const logOut = (keyring: Keyring, name: string): Promise<ResultOf<"provider/logout">> =>
  signInAt(doorNamed(keyring, name)).end();

function doorNamed(keyring: Keyring, name: string): Door {
  const door = keyring.doors().find((one) => one.name === name);
  if (!door) throw unknown(name, keyring);
  return door;
}

function signInAt({ name, signIn }: Door): SignIn {
  if (signIn) return signIn;
  throw new DaimonError("unsupported", `${name} is not signed in at with a browser; it takes a key, or nothing`);
}

function unknown(name: string, { doors }: Keyring): DaimonError {
  const names = doors().map((door) => door.name);
  const meant = nearest(name, names);
  const next = meant
    ? `did you mean "${meant}"?`
    : `there are ${names.join(", ")}; others are named in config.toml: ${howToName(name)}`;
  return new DaimonError("not_found", `there is no provider "${name}"; ${next}`);
}

const howToName = (name: string): string =>
  `[providers.${name}] with url = "..." and key = "$${name.toUpperCase().replace(/\W/g, "_")}_API_KEY"`;
