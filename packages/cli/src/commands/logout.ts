import type { Arguments } from "../arguments.ts";
import { type Exit, exits, Failure } from "../failure.ts";
import { withClient } from "../open.ts";
import { sanitise } from "@daimon/protocol/sanitise";

export async function command(given: Arguments): Promise<Exit> {
  const provider = given.needed("PROVIDER");
  const { was, told } = await withClient((client) => client.request("provider/logout", { provider }));
  if (!was) throw new Failure(exits.failed, `nobody is signed in at ${provider}; nothing was changed`);
  process.stdout.write(
    sanitise(`daimon has forgotten the sign-in at ${provider}${told ? `, and ${provider} takes it no longer` : ""}\n`),
  );
  if (!told)
    process.stderr.write(
      sanitise(
        `daimon: ${provider} did not confirm that; in the settings of your account there you can take daimon's access away\n`,
      ),
    );
  return exits.done;
}
