import type { ResultOf } from "@daimon/protocol";
import type { Client } from "@daimon/protocol/client";
import { listenForAnswer } from "./callback.ts";

const patienceMs = 5 * 60_000;

type Options = {
  client: Client;
  provider: string;
  /** Shows a person where to go. */
  show(address: string): void;
  patience?: number;
};

/**
 * OpenAI's sign-in for open-source tools. The browser is ours; what makes its answer a sign-in is the daemon's, and so no token
 * ever comes here.
 */
export async function signInAtOpenAI(options: Options): Promise<ResultOf<"provider/signedIn">> {
  const { client, provider, show, patience = patienceMs } = options;
  // The one place that the provider lets a browser come back to, at whatever port.
  await using callback = await listenForAnswer("/auth/callback");
  const { address, state } = await client.request("provider/signin", { provider, callback: callback.url });
  const answer = callback.answer(patience, state);
  show(address);
  return await client.request("provider/signedIn", { provider, state, ...(await answer) });
}
