import { expect, test } from "vitest";
import { house } from "../cli/daimon.ts";
import { startDaemon } from "../daemon-process/start.ts";
import { type Script, startVendor, streaming } from "../providers/server.ts";
import { speakers } from "./vendors.ts";

test.for(["anthropic", "openai"] as const)(
  "a one-shot hello asks the model once, with a request of at most 8 KB, and nothing is asked behind its back: %s",
  async (name) => {
    const { says, model } = speakers.find(({ speaks }) => speaks === name)!;
    const script: Script = () => streaming(says({ text: ["Hello yourself."] }));
    const vendor = await startVendor(script);
    await using place = await house();
    const env = { [`${name.toUpperCase()}_API_KEY`]: "k", [`${name.toUpperCase()}_BASE_URL`]: vendor.url };
    const daemon = await startDaemon({ home: place.home, env });
    const ran = await place.daimon(["run", "-m", `${name}/${model}`, "hello"]);
    expect(ran).toMatchObject({ code: 0, stdout: "Hello yourself.\n" });
    // Whatever else it had in mind it has done or given up when it has stopped.
    await daemon.stop();
    await vendor.close();
    expect(vendor.requests.map(({ method }) => method)).toEqual(["POST"]);
    expect(Buffer.byteLength(vendor.requests[0]?.text ?? "")).toBeLessThanOrEqual(8 * 1024);
  },
);
