import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Came, SignIn } from "../../packages/server/src/core/ports.ts";
import { openSignIns } from "../../packages/server/src/keyring/index.ts";
import { access, type Authority, idToken, planScope, refresh, startAuthority } from "./openai-authority.ts";
import { type Answer, failing, json } from "./server.ts";

/** What is made of the answers of OpenAI's sign-in: which are believed, how tokens are kept and renewed. */

const callback = "http://127.0.0.1:1/auth/callback";

type Place = { openai: Authority; signIn: SignIn; file: string; logged: string[]; clock: { at: number } };

async function place(): Promise<Place> {
  const openai = await startAuthority();
  const folder = mkdtempSync(join(tmpdir(), "signin-"));
  onTestFinished(async () => {
    await openai.close();
    rmSync(folder, { recursive: true });
  });
  const logged: string[] = [];
  const clock = { at: Date.now() };
  const file = join(folder, "signins.json");
  return { openai, signIn: at({ openai, file, logged, clock }), file, logged, clock };
}

/** As the next daemon finds it. */
const at = ({ openai, file, logged, clock }: Omit<Place, "signIn">, url = `${openai.url}/v1`): SignIn =>
  openSignIns({
    file,
    clock: { now: () => clock.at },
    log: (_, message, fields) => logged.push(`${message} ${JSON.stringify(fields)}`),
  })("openai", url);

/** The way through the browser and back. */
async function yes({ signIn }: Place, came: Partial<Came> = {}): ReturnType<SignIn["finish"]> {
  const { address, state } = signIn.begin(callback);
  await fetch(address, { redirect: "manual" });
  return signIn.finish({ state, code: "c0de", client: "oaiapp_mia", ...came });
}

const hour = 3_600_000;
const kept = ({ file }: Place): string => readFileSync(file, "utf8");

test("many who need a token at the same time renew it once", async () => {
  const here = await place();
  expect(await yes(here)).toEqual({ is: "kept", file: here.file, as: "mia@example.org" });
  here.clock.at += hour;
  const tokens = await Promise.all([1, 2, 3, 4].map(() => here.signIn.token()));
  expect(tokens).toEqual(Array(4).fill(access(2)));
  expect(here.openai.forms()).toHaveLength(2);
  const again = await Promise.all([1, 2, 3].map(() => here.signIn.token(access(2))));
  expect(again).toEqual(Array(3).fill(access(3)));
  // Who comes late with what was refused gets what is there now.
  expect(await here.signIn.token(access(2))).toBe(access(3));
  expect(here.openai.forms()).toHaveLength(3);
  expect(await at(here).token()).toBe(access(3));
});

test("a token is renewed five minutes before its end, and while that fails it is good until then", async () => {
  const here = await place();
  await yes(here);
  here.clock.at += hour - 5 * 60_000 - 1;
  expect(await here.signIn.token()).toBe(access(1));
  expect(here.openai.forms()).toHaveLength(1);
  here.openai.says.instead = () => failing(503, { error: "temporarily_unavailable" });
  here.clock.at += 1;
  expect(await here.signIn.token()).toBe(access(1));
  expect(here.openai.forms()).toHaveLength(2);
  here.clock.at += 5 * 60_000;
  await expect(here.signIn.token()).rejects.toMatchObject({
    kind: "network",
    message: `openai cannot be reached: ${here.openai.url} said 503 temporarily_unavailable`,
  });
  here.openai.says.instead = () => undefined;
  expect(await here.signIn.token()).toBe(access(2));
});

test("what another daemon left, and what people did to the file, holds", async () => {
  const here = await place();
  await yes(here);
  const next = at(here);
  expect(next.state).toEqual({ is: "in", as: "mia@example.org" });
  here.clock.at += hour;
  expect(await next.token()).toBe(access(2));
  expect(await here.signIn.token()).toBe(access(2));
  expect(here.openai.forms()).toHaveLength(2);
  rmSync(here.file);
  expect(here.signIn.state).toEqual({ is: "out" });
  await expect(here.signIn.token()).rejects.toThrow("openai does not let us in by the sign-in: nobody is signed in");
});

test("a renewed token holds where the disk takes nothing, and that is told without it", async () => {
  const here = await place();
  await yes(here);
  here.clock.at += hour;
  mkdirSync(`${here.file}.new`);
  expect(await here.signIn.token()).toBe(access(2));
  expect(await here.signIn.token()).toBe(access(2));
  expect(here.openai.forms()).toHaveLength(2);
  expect(kept(here)).toContain(access(1));
  expect(here.logged.join()).toMatch(/^a sign-in was renewed and cannot be kept; it ends with this daemon/);
  expect(here.logged.join()).not.toContain("canary");
  rmSync(`${here.file}.new`, { recursive: true });
  expect(await here.signIn.token(access(2))).toBe(access(3));
  expect(kept(here)).toContain(refresh(3));
});

test("what is renewed for one who signed out meanwhile is not kept", async () => {
  const here = await place();
  await yes(here);
  here.clock.at += hour;
  const gate = Promise.withResolvers<void>();
  const came = Promise.withResolvers<void>();
  here.openai.says.instead = ({ grant_type: renews }) =>
    renews
      ? (came.resolve(),
        { headers: { "content-type": "application/json" }, body: [gate.promise, tokens({ access_token: access(9) })] })
      : undefined;
  const waiting = here.signIn.token();
  waiting.catch(() => {});
  await came.promise;
  expect(await here.signIn.end()).toEqual({ was: true, told: true });
  gate.resolve();
  await expect(waiting).rejects.toThrow("nobody is signed in");
  expect(kept(here)).not.toContain("canary");
});

const tokens = (more: object): string =>
  JSON.stringify({ refresh_token: refresh(9), expires_in: 3600, scope: planScope, ...more });

test("a server that renews without giving a new token to renew with leaves the old one", async () => {
  const here = await place();
  await yes(here);
  here.openai.says.instead = () => json({ access_token: access(7), expires_in: 3600 });
  expect(await here.signIn.token(access(1))).toBe(access(7));
  expect(kept(here)).toContain(refresh(1));
});

test("tokens of one server never go to another", async () => {
  const here = await place();
  await yes(here);
  const other = at(here, "http://127.0.0.1:1/v1");
  expect(other.state).toEqual({ is: "out" });
  await expect(other.token()).rejects.toThrow("nobody is signed in");
  expect(new URL(at(here, undefined).begin(callback).address).origin).toBe(here.openai.url);
  const vendors = openSignIns({ file: here.file, clock: { now: Date.now }, log() {} })("openai", undefined);
  expect(vendors.state).toEqual({ is: "out" });
  const { origin, searchParams } = new URL(vendors.begin(callback).address);
  expect([origin, searchParams.get("resource")]).toEqual(["https://auth.openai.com", "https://api.openai.com/v1"]);
});

test("what is no address ends nothing: nobody is signed in there, and a sign-in says why not", async () => {
  const nowhere = at(await place(), "api.openai.example");
  expect(nowhere.state).toEqual({ is: "out" });
  expect(() => nowhere.begin(callback)).toThrow('openai is said to be at "api.openai.example", which is no address');
});

const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const strange = (openai: Authority, key: typeof stranger | undefined, alg?: string) => (): Answer => {
  const claims = { iss: openai.url, aud: "oaiapp_mia", sub: "mia", nonce: openai.asked().get("nonce"), exp: 9e9 };
  return json({
    access_token: access(1),
    refresh_token: refresh(1),
    expires_in: 3600,
    scope: planScope,
    id_token: idToken(claims, key, alg),
  });
};

const unbelievable = (why: string) =>
  new RegExp(`^what http://\\S+ says of who you are is not to be believed: ${why}$`);
test.for<[string, (says: Authority["says"], openai: Authority) => void, string | RegExp, Partial<Came>?]>([
  ["no leave to use the plan", (s) => (s.scope = "openid profile"), /not use your plan; allow that too$/],
  ["no name", () => {}, /gave us no name to go by$/, { client: undefined as unknown as string }],
  ["everybody's name", () => {}, /gave us no name to go by$/, { client: "dynamic_agent_client" }],
  ["a code that is over", () => {}, /^http:\/\/\S+ said 400 invalid_grant$/, { code: "old" }],
  ["no token", (s) => (s.instead = () => json({ token_type: "Bearer" })), /gave no token$/],
  ["a server error", (s) => (s.instead = () => failing(500, "<html>")), /^http:\/\/\S+ said 500$/],
  [
    "a server that hangs up",
    (s) => (s.instead = () => ({ cut: 0 })),
    /^http:\/\/\S+ (?:cannot be reached|gave no token)/,
  ],
  [
    "keys that cannot be had",
    (s) => (s.keys = () => ({ cut: 0 })),
    unbelievable("the keys that would prove it cannot be had; run the command again"),
  ],
  ["keys of nobody", (s) => (s.keys = () => json(null)), unbelievable("it is signed with a key that nobody published")],
  ["another issuer", (s) => (s.claims = { iss: "https://evil.example" }), unbelievable("it comes from somebody else")],
  ["another program", (s) => (s.claims = { aud: "oaiapp_noah" }), unbelievable("it was made for another program")],
  ["what has expired", (s) => (s.claims = { exp: 1 }), unbelievable("it has expired")],
  ["another nonce", (s) => (s.claims = { nonce: "n" }), unbelievable("it answers another question")],
  ["nobody", (s) => (s.claims = { sub: "" }), unbelievable("it names nobody")],
  ["a stranger's signature", (s, o) => (s.instead = strange(o, stranger)), unbelievable("its signature is wrong")],
  [
    "a signature of another kind",
    (s, o) => (s.instead = strange(o, undefined, "none")),
    unbelievable("its signature is of another kind than RS256"),
  ],
])("a sign-in with %s is none: it is said, and nothing is kept", async ([, make, why, came]) => {
  const here = await place();
  make(here.openai.says, here.openai);
  expect(await yes(here, came)).toEqual({
    is: expect.stringMatching(/^(refused|unreachable)$/),
    why: expect.stringMatching(why),
  });
  expect(here.signIn.state).toEqual({ is: "out" });
  expect(kept(here)).not.toContain("canary");
});

test("another account does not take the place of the one before, and an answer is heard once and not for ever", async () => {
  const here = await place();
  await yes(here);
  here.openai.says.who = "noah";
  const another = 'this is another account than the one before; "daimon logout openai" forgets that one';
  expect(await yes(here)).toEqual({ is: "refused", why: another });
  expect(await yes(here, { client: "oaiapp_noah" })).toEqual({ is: "refused", why: another });
  expect(here.signIn.state).toEqual({ is: "in", as: "mia@example.org" });

  const gone = "this sign-in took too long, or another was begun meanwhile; run the command again";
  const { state } = here.signIn.begin(callback);
  const { state: newer } = here.signIn.begin(callback);
  await expect(here.signIn.finish({ state, code: "c0de" })).rejects.toThrow(gone);
  const came = { state: newer, code: "old" };
  expect(await here.signIn.finish(came)).toMatchObject({ is: "refused" });
  await expect(here.signIn.finish(came)).rejects.toThrow(gone);
  const { state: newest } = here.signIn.begin(callback);
  here.clock.at += 10 * 60_000 + 1;
  await expect(here.signIn.finish({ state: newest, code: "c0de" })).rejects.toThrow(gone);
});

test("a file that others can read, or nobody can understand, is named and not repeated", async () => {
  const here = await place();
  await yes(here);
  chmodSync(here.file, 0o644);
  await expect(at(here).token()).rejects.toThrow(`others can read the sign-ins in ${here.file}; run: chmod 600`);
  chmodSync(here.file, 0o600);
  for (const text of ["{", "[]", `{"host":"canary-access-1"}`]) {
    writeFileSync(here.file, text, { mode: 0o600 });
    const sentence = `openai does not let us in by the sign-in: ${here.file} cannot be understood; move it away and sign in again; run "daimon login openai --experimental"`;
    await expect(at(here).token()).rejects.toThrow(sentence);
    expect(() => at(here).begin(callback)).toThrow("cannot be understood; move it away");
    expect(readFileSync(here.file, "utf8")).toBe(text);
  }
});
