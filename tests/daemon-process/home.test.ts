import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { fileIn, findSocket, homeOf, readToken } from "../../packages/protocol/src/client/folders.ts";
import { ensureToken, openHome, prepareSocket, takeLock } from "../../packages/server/src/home/index.ts";

let base: string;
let home: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "daimon-home-"));
  home = join(base, "h");
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
});
const open = () => openHome({ DAIMON_HOME: home });
const paths = () => homeOf({ DAIMON_HOME: home });
const root = process.getuid?.() === 0;

describe("where daimon keeps its files", () => {
  const user = () => "/home/ann";

  test("all below DAIMON_HOME when it is set, as an absolute path", () => {
    expect(homeOf({ DAIMON_HOME: "/x", XDG_STATE_HOME: "/other" })).toEqual({
      base: "/x",
      config: "/x/config",
      state: "/x/state",
      run: "/x/run",
    });
    expect(homeOf({ DAIMON_HOME: "here" }).state).toBe(join(process.cwd(), "here/state"));
  });

  test("in the XDG folders otherwise, or where those are by default", () => {
    expect(homeOf({}, "linux", user)).toEqual({
      config: "/home/ann/.config/daimon",
      state: "/home/ann/.local/state/daimon",
      run: "/home/ann/.local/state/daimon/run",
    });
    const xdg = { DAIMON_HOME: "", XDG_CONFIG_HOME: "/c", XDG_STATE_HOME: "/s" };
    expect(homeOf(xdg, "linux", user)).toEqual({ config: "/c/daimon", state: "/s/daimon", run: "/s/daimon/run" });
    expect(homeOf({ XDG_STATE_HOME: "relative", XDG_CONFIG_HOME: "" }, "linux", user)).toEqual(
      homeOf({}, "linux", user),
    );
  });

  test("in Application Support on a Mac", () => {
    const support = "/home/ann/Library/Application Support/daimon";
    expect(homeOf({}, "darwin", user)).toEqual({
      config: `${support}/config`,
      state: `${support}/state`,
      run: `${support}/state/run`,
    });
  });

  test("at the same place for ssh, cron and root, which have no XDG_RUNTIME_DIR", () => {
    const desktop = { XDG_RUNTIME_DIR: "/run/user/1000" };
    expect(homeOf(desktop, "linux", user)).toEqual(homeOf({}, "linux", user));
  });
});

describe("a home", () => {
  test("is made for its user alone, whatever the umask", () => {
    const before = process.umask(0o000);
    onTestFinished(() => void process.umask(before));
    const { config, state, run } = open();
    for (const folder of [home, config, state, run]) expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test("is refused when others can look into it, with the command that mends it", () => {
    for (const mode of [0o750, 0o705, 0o711, 0o777]) {
      mkdirSync(home, { recursive: true });
      chmodSync(home, mode);
      expect(open).toThrow(`others can reach into ${home} (mode ${mode.toString(8)}); run: chmod 700 '${home}'`);
    }
    chmodSync(home, 0o700);
    open();
    for (const folder of [paths().state, paths().run]) {
      chmodSync(folder, 0o750);
      expect(open).toThrow(`others can reach into ${folder}`);
      chmodSync(folder, 0o700);
    }
  });

  test("is refused when it belongs to another user", () => {
    // Root can give a folder away; everybody else has one of root's at hand.
    const foreign = root ? home : "/usr";
    if (root) {
      open();
      chownSync(home, 65_534, 65_534);
    }
    expect(() => openHome({ DAIMON_HOME: foreign })).toThrow(
      new RegExp(`^${foreign} belongs to another user .*; set DAIMON_HOME to a folder of your own$`),
    );
  });

  test("is refused when it, its state or its run folder is a symbolic link", () => {
    open();
    for (const folder of [home, paths().state, paths().run]) {
      const real = `${folder}-real`;
      execFileSync("mv", [folder, real]);
      symlinkSync(real, folder);
      expect(open).toThrow(`${folder} is a symbolic link`);
      rmSync(folder);
      execFileSync("mv", [real, folder]);
    }
    open();
  });

  test("is refused when it is a link to nowhere, and nothing is made there", () => {
    symlinkSync(join(base, "nowhere"), home);
    expect(open).toThrow("is a symbolic link");
    expect(existsSync(join(base, "nowhere"))).toBe(false);
  });

  test("is refused when a file is in its way", () => {
    writeFileSync(home, "");
    expect(open).toThrow(/there is a file in its way|is not a folder/);
    rmSync(home);
    mkdirSync(home, { mode: 0o700 });
    writeFileSync(paths().state, "");
    expect(open).toThrow(paths().state);
  });

  test("is refused when nothing can be written there", () => {
    expect(() => openHome({ DAIMON_HOME: "/proc/daimon" })).toThrow(
      /^cannot write to \/proc\/daimon \(.*\); make it writable/,
    );
    const said = asNobody((folder) => {
      mkdirSync(join(folder, "h", "state"), { recursive: true, mode: 0o700 });
      mkdirSync(join(folder, "h", "run"), { mode: 0o700 });
      mkdirSync(join(folder, "h", "config"), { mode: 0o700 });
      return [join(folder, "h"), join(folder, "h/state"), join(folder, "h/run"), join(folder, "h/config")];
    });
    expect(said).toMatch(/cannot write to .*\/h \(permission denied\); make it writable or set DAIMON_HOME/);
  });

  test("may have its configuration linked from elsewhere, as long as only its user can write that", () => {
    const dotfiles = join(base, "dotfiles");
    mkdirSync(dotfiles, { mode: 0o755 });
    mkdirSync(home, { mode: 0o700 });
    symlinkSync(dotfiles, paths().config);
    open();
    chmodSync(dotfiles, 0o777);
    expect(open).toThrow(`others can write ${paths().config}; run: chmod go-w '${paths().config}'`);
  });
});

/** What opening a home says to somebody who is not root, after all its folders lost their write bit. */
function asNobody(prepare: (folder: string) => string[]): string {
  // Not below the folder of this test run, which only its own user can enter.
  const folder = mkdtempSync("/tmp/daimon-ro-");
  onTestFinished(() => {
    execFileSync("chmod", ["-R", "u+w", folder]);
    rmSync(folder, { recursive: true });
  });
  const made = prepare(folder);
  if (root) for (const path of [folder, ...made]) chownSync(path, 65_534, 65_534);
  for (const path of made.toReversed()) chmodSync(path, 0o500);
  const script = fileURLToPath(new URL("open-as-nobody.ts", import.meta.url));
  return execFileSync(process.execPath, [script], { env: { DAIMON_HOME: made[0] }, encoding: "utf8" });
}

describe("the token", () => {
  beforeEach(() => void open());

  test("is 256 bits of chance in a file of its user's, and stays", () => {
    const token = ensureToken(paths());
    expect(token).toMatch(/^dmn_[\w-]{43}$/);
    const stats = lstatSync(fileIn.token(paths()));
    expect(stats.mode & 0o777).toBe(0o600);
    expect(ensureToken(paths())).toBe(token);
    expect(readToken(paths())).toBe(token);
  });

  test("does not exist before a daemon has started", () => {
    expect(readToken(paths())).toBeUndefined();
  });

  test("is made although an earlier attempt was cut short", () => {
    writeFileSync(`${fileIn.token(paths())}.new`, "dmn_ha");
    expect(ensureToken(paths())).toMatch(/^dmn_[\w-]{43}$/);
    expect(existsSync(`${fileIn.token(paths())}.new`)).toBe(false);
  });

  test.each([
    ["others can read it", (file: string) => chmodSync(file, 0o640), "others may have read"],
    ["it is no token", (file: string) => writeFileSync(file, "password"), "holds no token of daimon"],
    ["it is empty", (file: string) => writeFileSync(file, ""), "holds no token of daimon"],
    ["it is huge", (file: string) => writeFileSync(file, "x".repeat(100_000)), "holds no token of daimon"],
    [
      "it is a link",
      (file: string) => {
        execFileSync("mv", [file, `${file}2`]);
        symlinkSync(`${file}2`, file);
      },
      "is a symbolic link",
    ],
    [
      "it is a folder",
      (file: string) => {
        rmSync(file);
        mkdirSync(file, { mode: 0o700 });
      },
      "is not a file",
    ],
  ])("is refused by daemon and client alike when %s", (_why, spoil, sentence) => {
    ensureToken(paths());
    spoil(fileIn.token(paths()));
    expect(() => ensureToken(paths())).toThrow(sentence);
    expect(() => readToken(paths())).toThrow(sentence);
  });
});

describe("the socket", () => {
  const long = () => join(base, "x".repeat(120));
  const opened = (path: string) => openHome({ DAIMON_HOME: path });

  test("lies in the run folder, and what was left there is removed", () => {
    const at = opened(home);
    const left = `require("net").createServer().listen(${JSON.stringify(fileIn.socket(at))}, () => process.kill(process.pid, 9))`;
    spawnSync(process.execPath, ["-e", left]);
    expect(lstatSync(fileIn.socket(at)).isSocket()).toBe(true);
    expect(prepareSocket(at)).toBe(fileIn.socket(at));
    expect(existsSync(fileIn.socket(at))).toBe(false);
    expect(findSocket(at)).toBe(fileIn.socket(at));
  });

  test("lies in a short folder of its user's where its path would be too long, and both sides find it", () => {
    const at = opened(long());
    expect(findSocket(at)).toBeUndefined();
    const path = prepareSocket(at, {});
    onTestFinished(() => rmSync(join(path, ".."), { recursive: true }));
    expect(path).toMatch(new RegExp(`^/tmp/daimon-${process.getuid?.()}-[0-9a-f]{12}/daimon.sock$`));
    expect(lstatSync(join(path, "..")).mode & 0o777).toBe(0o700);
    expect(findSocket(at)).toBe(path);
    expect(prepareSocket(at, {})).toBe(path);
  });

  test("uses XDG_RUNTIME_DIR for that where there is one", () => {
    const at = opened(long());
    const runtime = join(base, "r");
    mkdirSync(runtime, { mode: 0o700 });
    const path = prepareSocket(at, { XDG_RUNTIME_DIR: runtime });
    expect(path.startsWith(`${runtime}/daimon-`)).toBe(true);
    // A client without that variable finds it all the same.
    expect(findSocket(at)).toBe(path);
  });

  test.each([
    ["a link", (folder: string) => (mkdirSync(`${folder}-x`, { mode: 0o700 }), symlinkSync(`${folder}-x`, folder))],
    ["open to others", (folder: string) => (mkdirSync(folder), chmodSync(folder, 0o777))],
    ["a file", (folder: string) => writeFileSync(folder, "")],
  ])(
    "is not put into, nor looked for in, a short folder that is %s: somebody may have prepared it",
    (_how, prepare) => {
      const at = opened(long());
      const folder = join(prepareSocket(at, {}), "..");
      rmSync(folder, { recursive: true });
      prepare(folder);
      onTestFinished(() => {
        rmSync(folder, { recursive: true, force: true });
        rmSync(`${folder}-x`, { recursive: true, force: true });
      });
      expect(() => prepareSocket(at, {})).toThrow(folder);
      expect(() => findSocket(at)).toThrow(folder);
    },
  );

  test("is not removed when it is something else", () => {
    const at = opened(home);
    writeFileSync(fileIn.socket(at), "mine");
    expect(() => prepareSocket(at)).toThrow("is not a socket; move it away");
    expect(readFileSync(fileIn.socket(at), "utf8")).toBe("mine");
  });
});

describe("the lock", () => {
  beforeEach(() => void open());

  test("is held by one, and free again once that lets go", () => {
    const lock = takeLock(paths());
    expect(() => takeLock(paths())).toThrow(`a daemon (pid ${process.pid}) already runs on this home`);
    lock.release();
    takeLock(paths()).release();
  });

  test("that is no database is named, with what to do", () => {
    writeFileSync(fileIn.lock(paths()), "x".repeat(4096));
    expect(() => takeLock(paths())).toThrow(/^cannot lock .*lock\.db .*remove it while no daemon runs$/);
  });
});
