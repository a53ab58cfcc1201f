import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { ask } from "./ask.ts";
import { startDaemon, withFolder } from "./start.ts";

/** A daemon that writes down each module that it loads. */
async function listening(folder: string, env: Record<string, string>) {
  const file = join(folder, "loaded");
  const preload = join(folder, "preload.mjs");
  await writeFile(
    preload,
    `import { appendFileSync } from "node:fs";
     import { registerHooks } from "node:module";
     registerHooks({
       load(url, context, next) {
         appendFileSync(${JSON.stringify(file)}, url + "\\n");
         return next(url, context);
       },
     });`,
  );
  const daemon = await startDaemon({
    home: join(folder, "h"),
    env: { ...env, NODE_OPTIONS: `--import=${pathToFileURL(preload).href}` },
  });
  const sdks = async () =>
    (await readFile(file, "utf8"))
      .split("\n")
      .filter((url) => /\/node_modules\/(@anthropic-ai|@google|openai)\//.test(url));
  const turn = async (model: string) => {
    const made = await ask(daemon, "POST", "/api/v1/sessions", { cwd: folder, model });
    const path = `/api/v1/sessions/${made.body.id}/inputs?wait=true`;
    return (await ask(daemon, "POST", path, { text: "hello" })).body.turn;
  };
  return { daemon, sdks, turn };
}

test("a daemon without a key loads no SDK, whatever it is asked for, and says which key a model needs", () =>
  withFolder(async (folder) => {
    const { daemon, sdks, turn } = await listening(folder, {});
    await using _ = daemon;
    expect((await ask(daemon, "GET", "/api/v1/models")).body.models).toMatchObject([{ id: "offline/guide" }]);
    expect(await turn("offline/guide")).toMatchObject({ outcome: "done" });
    for (const [name, key] of [
      ["anthropic", "ANTHROPIC_API_KEY"],
      ["openai", "OPENAI_API_KEY"],
      ["openrouter", "OPENROUTER_API_KEY"],
      ["gemini", "GEMINI_API_KEY"],
    ])
      expect(await turn(`${name}/any`)).toMatchObject({
        outcome: "failed",
        reason: `${name} does not accept the key: ${key} is not set; run "daimon login ${name}"`,
      });
    expect(await sdks()).toEqual([]);
  }));

test("a daemon with a key loads its vendor's SDK when a model is first used, and sends the key where it is told", () =>
  withFolder(async (folder) => {
    const keys: unknown[] = [];
    const server = createServer((request, response) => {
      keys.push(request.headers.authorization);
      response.writeHead(401, { "content-type": "application/json" }).end("{}");
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { daemon, sdks, turn } = await listening(folder, {
      ANTHROPIC_API_KEY: "the-key",
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}`,
    });
    await using _ = daemon;
    expect(await sdks()).toEqual([]);
    expect(await turn("anthropic/any")).toMatchObject({ outcome: "failed" });
    expect(keys).toEqual(["Bearer the-key"]);
    expect(await sdks()).toContainEqual(expect.stringContaining("/@anthropic-ai/sdk/"));
  }));
