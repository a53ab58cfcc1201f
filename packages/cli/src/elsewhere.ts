import { closeCodes } from "@daimon/protocol";
import type { Loss, Next } from "@daimon/protocol/client";
import { fileIn, type Home, isToken, readSecret } from "@daimon/protocol/client/home";
import { connectRemote, type Place, placeOf } from "@daimon/protocol/client/remote";
import type { Reach } from "./daemon.ts";
import { exits, Failure, usage } from "./failure.ts";

/** A daemon that DAIMON_HOST names, and that nobody here starts. Loaded only where somebody names one. */

export type ElsewhereOptions = { home: Home; env: NodeJS.ProcessEnv; stays: boolean };

export function reachElsewhere({ home, env, stays }: ElsewhereOptions): Reach {
  const place = hostIn(env["DAIMON_HOST"] ?? "", "DAIMON_HOST");
  const token = env["DAIMON_TOKEN"] || tokenFor(home, place);
  if (token === undefined)
    throw new Failure(
      exits.refused,
      `there is no token for ${place.url}; "daimon login --host ${place.url}" keeps one, or set DAIMON_TOKEN`,
    );
  let met = false;
  let tellStopped = () => {};

  async function onLoss(loss: Loss): Promise<Next> {
    if (loss.code === closeCodes.leaving) {
      if (!stays)
        throw new Failure(exits.noDaemon, "the daemon was stopped; the session is kept, run the command again");
      tellStopped();
      return "later";
    }
    // It said that it is busy, or was there a moment ago: it will be back.
    if (met || loss.code === 1013) return "later";
    throw new Failure(exits.noDaemon, loss.reason);
  }

  return {
    put: async (text) => {
      const { upload } = await import("./upload.ts");
      return upload({ ...place, token }, text);
    },
    connect: (events) =>
      connectRemote({ place, token })({
        ...events,
        opened() {
          met = true;
          events.opened();
        },
      }),
    onLoss,
    wanted: () => {},
    onStopped: (tell) => (tellStopped = tell),
  };
}

/** Where a daemon is, as people write it. Without TLS a token goes no further than this machine. */
export function hostIn(text: string, from: string): Place {
  if (/^ssh:/i.test(text))
    throw usage(
      `${from} is ${text}, and ssh:// does not work yet; run ssh -L 8080:127.0.0.1:8080 HOST, and use ws://127.0.0.1:8080`,
    );
  const place = placeOf(text);
  if (!place)
    throw usage(`${from} is ${text}; write it as wss://box.example:8080, or ws://127.0.0.1:8080 on this machine`);
  if (!place.secure && !["127.0.0.1", "::1", "localhost"].includes(place.host))
    throw usage(`${from} is ${text}: without TLS the token could be read on the way; use wss://${place.host}`);
  return place;
}

const mend = 'move it away, and "daimon login --host URL" keeps the tokens anew';

export function tokensIn(home: Home): Record<string, string> {
  const file = fileIn.hosts(home);
  const text = readSecret(file, mend, 1024 * 1024);
  if (text === undefined) return {};
  try {
    const tokens: unknown = JSON.parse(text);
    if (typeof tokens === "object" && tokens !== null && Object.values(tokens).every((one) => isToken(String(one))))
      return tokens as Record<string, string>;
  } catch {
    // It is said below, without repeating anything of it.
  }
  throw new Failure(exits.usage, `${file} cannot be understood; ${mend}`);
}

const tokenFor = (home: Home, { url }: Place): string | undefined => {
  const tokens = tokensIn(home);
  return Object.hasOwn(tokens, url) ? tokens[url] : undefined;
};
