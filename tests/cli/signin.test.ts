import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listenForAnswer } from "../../packages/cli/src/signin/callback.ts";
import { keyFromOpenRouter } from "../../packages/cli/src/signin/openrouter.ts";
import { failing, json, startVendor, type Vendor } from "../providers/server.ts";
import { house } from "./daimon.ts";

/** OpenRouter's sign-in, at an authorisation server on loopback: the test is the person's browser. */

const made = "sk-or-made-for-mia-1234";

/** Gives a code to who says yes, and a key for the code to who asked for it. */
async function authoriser(yes: boolean): Promise<Vendor & AsyncDisposable> {
  let challenge: string | null;
  const vendor = await startVendor(({ path, headers, body }) => {
    const { pathname, searchParams: asked } = new URL(path, "http://vendor");
    if (pathname === "/auth") {
      expect(asked.get("code_challenge_method")).toBe("S256");
      challenge = asked.get("code_challenge");
      const location = `${asked.get("callback_url")}?${yes ? "code=c0de" : "error=access_denied"}`;
      return { status: 302, headers: { location } };
    }
    if (pathname === "/api/v1/auth/keys") {
      const { code, code_verifier: verifier = "" } = body as { code: string; code_verifier?: string };
      const proof = createHash("sha256").update(verifier).digest("base64url");
      return code === "c0de" && proof === challenge ? json({ key: made }) : failing(403, { error: "no" });
    }
    return headers.authorization === `Bearer ${made}` ? json({ data: {} }) : failing(401, { error: { message: "no" } });
  });
  return { ...vendor, [Symbol.asyncDispose]: () => vendor.close() };
}

test("login --browser keeps the key that a person allowed in a browser", async () => {
  await using vendor = await authoriser(true);
  await using mia = await house();
  const config = join(mia.home, "config");
  mkdirSync(config, { recursive: true, mode: 0o700 });
  mkdirSync(mia.home, { recursive: true, mode: 0o700 });
  writeFileSync(join(config, "config.toml"), `[providers.openrouter]\nurl = "${vendor.url}/api/v1"\n`);
  const login = mia.start(["login", "openrouter", "--browser"]);
  const address = await new Promise<string>((resolve) => {
    let said = "";
    login.stderr?.on("data", (chunk) => {
      said += String(chunk);
      const found = /^http:\S+\n/m.exec(said);
      if (found) resolve(found[0].trim());
    });
  });
  expect(await (await fetch(address)).text()).toBe("daimon has what it needs. You may close this page.\n");
  const { code, stdout, stderr } = await login.ran;
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("openrouter takes the key") });
  expect(stdout + stderr).not.toContain(made);
  expect(readFileSync(join(config, ".env"), "utf8")).toBe(`OPENROUTER_API_KEY=${made}\n`);
});

test("who says no gives no key, and is believed", async () => {
  await using vendor = await authoriser(false);
  const key = keyFromOpenRouter({ url: `${vendor.url}/api/v1`, show: (address) => void fetch(address) });
  await expect(key).rejects.toThrow("the sign-in was refused (access_denied); nothing was written");
});

test("a code that comes from elsewhere is not taken: it does not know the place", async () => {
  await using vendor = await authoriser(true);
  const seen: number[] = [];
  const key = keyFromOpenRouter({
    url: `${vendor.url}/api/v1`,
    show: (address) => {
      const callback = new URL(new URL(address).searchParams.get("callback_url")!);
      expect(callback.hostname).toBe("127.0.0.1");
      void (async () => {
        for (const place of ["/", "/callback/?code=evil", "/callback/AAAAAAAAAAAAAAAAAAAAAA?code=evil"])
          seen.push((await fetch(new URL(place, callback))).status);
        // What is no address either does not end the wait.
        seen.push((await fetch(`${callback.origin}//`)).status);
        await fetch(address);
      })();
    },
  });
  expect(await key).toBe(made);
  expect(seen).toEqual([404, 404, 404, 404]);
  expect(vendor.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
});

test("at a place that everybody knows nobody is heard before there is a question, nor without its word", async () => {
  await using callback = await listenForAnswer("/auth/callback");
  const early = await fetch(`${callback.url}?code=evil`);
  const answer = callback.answer(60_000, "our-word");
  const strange = await fetch(`${callback.url}?code=evil&state=their-word`);
  await fetch(`${callback.url}?code=good&state=our-word&client_id=oaiapp_1`);
  expect([early.status, strange.status]).toEqual([400, 400]);
  expect(await answer).toEqual({ code: "good", client: "oaiapp_1" });
});

test("a browser that never comes back is waited for no longer than told; a server that is not there is named", async () => {
  const nobody = keyFromOpenRouter({ url: "http://127.0.0.1:1/api/v1", show: () => {}, patience: 1 });
  await expect(nobody).rejects.toThrow("nobody came back from the browser in time");
  const gone = keyFromOpenRouter({
    url: "http://127.0.0.1:1/api/v1",
    show: (address) => void fetch(`${new URL(address).searchParams.get("callback_url")}?code=c`),
  });
  await expect(gone).rejects.toThrow("openrouter cannot be reached; nothing was written");
});
