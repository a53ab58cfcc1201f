import type { Access } from "../core/ports.ts";

/** Where a provider answers and how it lets us in: what the config says of it. */
export type Endpoint = {
  /** The first half of its models' names. */
  name: string;
  key?: string;
  /** Lets us in where there is no key. */
  access?: Access;
  /** The vendor's own where it is missing; never taken from an SDK's environment variables. */
  baseURL?: string;
  headers?: Readonly<Record<string, string>>;
};

/** What must not be repeated to anybody. */
export const secretsOf = ({ key, access, headers = {} }: Endpoint): (string | undefined)[] => [
  key,
  ...(access?.secrets() ?? []),
  ...Object.entries(headers).flatMap(([name, value]) =>
    /auth|key|token|secret|cookie/i.test(name) ? [value, value.replace(/^\w+ /, "")] : [],
  ),
];

/** Headers that an SDK takes from this variable to send them to whatever server it talks to: taken away again. */
export const strayHeaders = (variable: string): Record<string, null> => {
  const lines = (process.env[variable] ?? "").split("\n").filter((line) => line.includes(":"));
  return Object.fromEntries(lines.map((line) => [line.split(":", 1)[0]?.trim() ?? "", null]));
};
