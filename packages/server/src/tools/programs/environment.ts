import { userInfo } from "node:os";

/** What a program of the assistant may know of the person's environment: no key, no token, nothing of the daemon's. */
const kept = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"];

/** Nobody sits before it: what would page, ask for a password or wait for a terminal does not. */
const alone = {
  TERM: "dumb",
  PAGER: "cat",
  GIT_PAGER: "cat",
  GIT_TERMINAL_PROMPT: "0",
  DEBIAN_FRONTEND: "noninteractive",
};

export function environment(given: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const theirs = kept.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]] as const]));
  const usual = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8", TMPDIR: "/tmp", ...personally() };
  return { ...usual, ...Object.fromEntries(theirs), ...alone };
}

/** Where the environment does not say who this is. */
function personally(): Record<string, string> {
  try {
    const { username, homedir } = userInfo();
    return { USER: username, HOME: homedir };
  } catch {
    return {}; // a container may run as somebody whom the system does not know
  }
}
