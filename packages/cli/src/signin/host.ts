import { version } from "@daimon/protocol";
import { createClient } from "@daimon/protocol/client";
import { fileIn, homeOf, isToken, makeFolder, replaceFile } from "@daimon/protocol/client/home";
import { connectRemote } from "@daimon/protocol/client/remote";
import { hostIn, tokensIn } from "../elsewhere.ts";
import { exits, Failure, usage } from "../failure.ts";
import { isPiped, readStdin } from "../input.ts";
import { askSecret } from "../term/secret.ts";

/** Keeps the token for a daemon of another machine, once that has let us in with it. Returns what to tell. */
export async function logInAt(url: string, env: NodeJS.ProcessEnv): Promise<string> {
  const place = hostIn(url, "--host");
  const given = isPiped() ? await readStdin() : await askSecret(`token for ${place.url} (it is not shown): `);
  const token = given.trim();
  if (!isToken(token))
    throw usage(
      'this is no token: they begin with dmn_, and "daimon token create" makes one there; nothing was changed',
    );
  const client = createClient({
    connect: connectRemote({ place, token }),
    client: { name: "daimon", version, kind: "cli" },
    onLoss: ({ reason }) => {
      throw new Failure(exits.noDaemon, `${reason}; nothing was changed`);
    },
  });
  try {
    const { role, principal } = await client.ready();
    const home = homeOf(env);
    makeFolder(home.config);
    replaceFile(fileIn.hosts(home), `${JSON.stringify({ ...tokensIn(home), [place.url]: token }, undefined, 2)}\n`);
    return `${place.url} lets you in as ${principal}, with the role ${role}; the token is kept in ${fileIn.hosts(home)}\nnext: DAIMON_HOST=${place.url} daimon\n`;
  } finally {
    client.close();
  }
}
