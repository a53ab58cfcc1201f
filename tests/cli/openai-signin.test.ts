import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { access, type Authority, planScope, refresh, startAuthority } from "../providers/openai-authority.ts";
import { failing, stall } from "../providers/server.ts";
import { type House, house, type Ran } from "./daimon.ts";

/** OpenAI's sign-in for open-source tools: the real command line and daemon, an authority on loopback, the test as the browser. */

type Place = { mia: House; openai: Authority; file: string };

async function place(): Promise<Place> {
  const openai = await startAuthority();
  const mia = await house();
  onTestFinished(async () => {
    await mia[Symbol.asyncDispose]();
    await openai.close();
  });
  const config = join(mia.home, "config");
  mkdirSync(config, { recursive: true, mode: 0o700 });
  chmodSync(mia.home, 0o700);
  writeFileSync(join(config, "config.toml"), `log = "debug"\n[providers.openai]\nurl = "${openai.url}/v1"\n`);
  return { mia, openai, file: join(config, "signins.json") };
}

/** What a browser does with the address that is shown; it says what its page says in the end. */
const browse = async (address: string): Promise<string> => (await fetch(address)).text();

async function signIn({ mia }: Place, browser: (address: string) => Promise<unknown> = browse): Promise<Ran> {
  const login = mia.start(["login", "openai", "--experimental"]);
  let said = "";
  login.stderr?.on("data", (chunk) => {
    const before = /^http:\S+\n/m.test(said);
    said += String(chunk);
    const [address] = /^http:\S+\n/m.exec(said) ?? [];
    if (address && !before) void browser(address.trim());
  });
  return login.ran;
}

const ask = ({ mia }: Place) => mia.daimon(["run", "--new", "-m", "openai/gpt-6-astra", "hi"]);
const kept = ({ file }: Place) => JSON.parse(readFileSync(file, "utf8")) as { host: string; providers: Kept };
type Kept = { openai?: { client: string; tokens?: { access: string; refresh: string }; ended?: string } };
/** Every file of the home that holds one of the tokens. */
const holders = ({ mia }: Place): string => {
  try {
    return execFileSync("grep", ["-rlE", "canary-(access|refresh)", mia.home], { encoding: "utf8" });
  } catch {
    return "";
  }
};

test("login --experimental signs in with a browser, and what is asked then comes with the token that was given", async () => {
  const here = await place();
  const { openai, mia, file } = here;
  const { code, stdout, stderr } = await signIn(here);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringContaining(
      `openai lets daimon in as mia@example.org, on your ChatGPT plan; the sign-in is kept in ${file}\n`,
    ),
  });
  expect(Object.fromEntries(openai.asked())).toMatchObject({
    response_type: "code",
    client_id: "dynamic_agent_client",
    agent_name_hint: "daimon",
    ext_agent_host_id: kept(here).host,
    redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/auth\/callback$/),
    scope: planScope,
    resource: `${openai.url}/v1`,
    code_challenge_method: "S256",
  });
  expect(openai.forms()).toMatchObject([
    { grant_type: "authorization_code", client_id: "oaiapp_mia", code: "c0de", resource: `${openai.url}/v1` },
  ]);
  expect(await ask(here)).toMatchObject({ code: 0, stdout: "Hello Mia.\n" });
  expect(openai.bearers("/v1/responses")).toEqual([access(1)]);

  const models = await mia.daimon(["models"]);
  expect(models.stdout).toMatch(/^openai\/gpt-6-astra +272k .*Astra$/m);
  expect(models.stdout).not.toContain("gpt-6-secret");
  const { stdout: health } = await mia.daimon(["doctor"]);
  expect(health).toMatch(/^ok +provider openai +it answers, and lets us in by the sign-in of mia@example.org$/m);

  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(holders(here)).toBe(`${file}\n`);
  expect(stdout + stderr + models.stdout + health).not.toContain("canary");
  // No word of it is in the environment or the arguments of the daemon, which its children inherit.
  const proc = `/proc/${mia.pid()}`;
  if (existsSync(proc))
    expect(readFileSync(`${proc}/environ`, "utf8") + readFileSync(`${proc}/cmdline`, "utf8")).not.toContain("canary");
});

test("a token is renewed before its time is over, once, and what renews it is replaced in the file", async () => {
  const here = await place();
  here.openai.says.seconds = 0.001;
  expect(await signIn(here)).toMatchObject({ code: 0 });
  here.openai.says.seconds = 3600;
  expect(await ask(here)).toMatchObject({ code: 0, stdout: "Hello Mia.\n" });
  expect(await ask(here)).toMatchObject({ code: 0 });
  expect(here.openai.bearers("/v1/responses")).toEqual([access(2), access(2)]);
  expect(here.openai.forms().slice(1)).toEqual([
    {
      grant_type: "refresh_token",
      client_id: "oaiapp_mia",
      refresh_token: refresh(1),
      resource: `${here.openai.url}/v1`,
    },
  ]);
  expect(kept(here).providers.openai?.tokens).toMatchObject({ access: access(2), refresh: refresh(2) });
});

test("a token that the API takes no longer is renewed once, and the turn goes on; one that is refused too ends it with what to do", async () => {
  const here = await place();
  await signIn(here);
  here.openai.says.forgotten.add(access(1));
  expect(await ask(here)).toMatchObject({ code: 0, stdout: "Hello Mia.\n" });
  expect(here.openai.bearers("/v1/responses")).toEqual([access(1), access(2)]);
  for (const n of [2, 3]) here.openai.says.forgotten.add(access(n));
  const { code, stderr } = await ask(here);
  expect(code).toBe(1);
  expect(stderr).toContain(
    'openai does not let us in by the sign-in (401): who is [key]?; run "daimon login openai --experimental"',
  );
  expect(here.openai.bearers("/v1/responses").slice(2)).toEqual([access(2), access(3)]);
  expect(holders(here)).toBe(`${here.file}\n`);
});

test("a sign-in that cannot be renewed any more says so everywhere, and the next one is for the same program", async () => {
  const here = await place();
  const { openai, mia } = here;
  openai.says.seconds = 0.001;
  await signIn(here);
  const { host } = kept(here);
  openai.says.instead = (form) =>
    failing(400, { error: "refresh_token_expired", error_description: `is over: ${form["refresh_token"]}` });
  const sentence = `openai does not let us in by the sign-in: ${openai.url} said 400 refresh_token_expired; run "daimon login openai --experimental"`;
  const { code, stderr } = await ask(here);
  expect(code).toBe(1);
  expect(stderr).toContain(sentence);
  expect((await mia.daimon(["models"])).stderr).toContain(sentence);
  expect((await mia.daimon(["doctor"])).stdout).toMatch(
    /^BROKEN +provider openai +openai does not let us in by the sign/m,
  );
  // Nobody goes on asking with what is over, and nothing of it is left.
  expect(openai.forms()).toHaveLength(2);
  expect(holders(here)).toBe("");

  openai.says.instead = () => undefined;
  expect(await signIn(here)).toMatchObject({ code: 0 });
  expect(openai.asked().get("client_id")).toBe("oaiapp_mia");
  expect(openai.asked().get("agent_name_hint")).toBeNull();
  expect(openai.asked().get("ext_agent_host_id")).toBe(host);
});

test("a daemon that is killed while a token is renewed loses no sign-in: the next one renews it", async () => {
  const here = await place();
  const { openai, mia } = here;
  openai.says.seconds = 0.001;
  await signIn(here);
  openai.says.seconds = 3600;
  const came = Promise.withResolvers<void>();
  openai.says.instead = () => (came.resolve(), { body: [stall] });
  const asking = mia.start(["run", "--new", "-m", "openai/gpt-6-astra", "hi"]);
  await came.promise;
  process.kill(mia.pid(), "SIGKILL");
  asking.kill("SIGKILL");
  await once(asking, "close");
  expect(kept(here).providers.openai?.tokens).toMatchObject({ refresh: refresh(1) });
  openai.says.instead = () => undefined;
  expect(await ask(here)).toMatchObject({ code: 0, stdout: "Hello Mia.\n" });
  expect(openai.bearers("/v1/responses")).toEqual([access(2)]);
});

test("a key goes before a sign-in, and login says so", async () => {
  const here = await place();
  writeFileSync(join(here.mia.home, "config", ".env"), "OPENAI_API_KEY=canary-access-key\n", { mode: 0o600 });
  const { code, stdout } = await signIn(here);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringContaining("but OPENAI_API_KEY is set, which goes before it and is what pays"),
  });
  await ask(here);
  expect(here.openai.bearers("/v1/responses")).toEqual(["canary-access-key"]);
});

test("logout ends a sign-in here and there; where it cannot be ended there, that is said", async () => {
  const here = await place();
  const { openai, mia } = here;
  await signIn(here);
  expect(await mia.daimon(["logout", "openai"])).toEqual({
    code: 0,
    stdout: "daimon has forgotten the sign-in at openai, and openai takes it no longer\n",
    stderr: "",
  });
  expect(openai.requests.at(-1)).toMatchObject({
    path: "/api/accounts/oauth/revoke",
    body: { token: refresh(1), token_type_hint: "refresh_token", client_id: "oaiapp_mia" },
  });
  expect(holders(here)).toBe("");
  expect(await mia.daimon(["logout", "openai"])).toMatchObject({
    code: 1,
    stderr: "daimon: nobody is signed in at openai; nothing was changed\n",
  });

  // Who was forgotten is nobody's account before: another person may sign in.
  openai.says.who = "noah";
  expect(await signIn(here)).toMatchObject({ code: 0, stdout: expect.stringContaining("as noah@example.org") });
  expect(openai.asked().get("client_id")).toBe("dynamic_agent_client");
  openai.says.instead = () => failing(503, {});
  expect(await mia.daimon(["logout", "openai"])).toMatchObject({
    code: 0,
    stdout: "daimon has forgotten the sign-in at openai\n",
    stderr: expect.stringContaining("openai did not confirm that; in the settings of your account there"),
  });
  expect(holders(here)).toBe("");
});

test("who says no is believed, and an answer to another question is not heard", async () => {
  const here = await place();
  here.openai.says.back = { code: undefined, error: "access_denied" };
  const pages: string[] = [];
  const denied = await signIn(here, async (address) => {
    const back = new URL(new URL(address).searchParams.get("redirect_uri") ?? "");
    for (const query of ["code=evil", "code=evil&state=guessed", "error=access_denied&state=guessed"])
      pages.push(await browse(`${back.href}?${query}`));
    pages.push(await browse(address));
  });
  expect(denied).toMatchObject({
    code: 4,
    stderr: expect.stringContaining("daimon: the sign-in was refused (access_denied); nothing was written\n"),
  });
  const another = "This answer belongs to another sign-in. Open the address that daimon shows now.\n";
  expect(pages).toEqual([another, another, another, "You said no. Nothing was changed; you may close this page.\n"]);
  expect(here.openai.forms()).toEqual([]);
});

test("a sign-in is an experiment, and only where there is one", async () => {
  const { mia } = await place();
  const wrong = [
    await mia.daimon(["login", "openai", "--browser"]),
    await mia.daimon(["login", "anthropic", "--experimental"]),
    await mia.daimon(["logout", "anthropic"]),
  ];
  expect(wrong.map(({ stderr }) => stderr)).toEqual([
    'daimon: signing in at openai is an experiment: say so with "daimon login openai --experimental"\n',
    'daimon: anthropic has no sign-in; "daimon login anthropic" asks for a key\n',
    "daimon: anthropic is not signed in at with a browser; it takes a key, or nothing\n",
  ]);
  expect(wrong.map(({ code }) => code)).toEqual([2, 2, 1]);
});
