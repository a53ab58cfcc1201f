/** Where a provider answers and how it lets us in: what the config says of it. */
export type Endpoint = {
  /** The first half of its models' names. */
  name: string;
  key?: string;
  /** The vendor's own where it is missing; never taken from an SDK's environment variables. */
  baseURL?: string;
  headers?: Readonly<Record<string, string>>;
};

/** What must not be repeated to anybody. */
export const secretsOf = ({ key, headers = {} }: Endpoint): (string | undefined)[] => [
  key,
  ...Object.entries(headers).flatMap(([name, value]) =>
    /auth|key|token|secret|cookie/i.test(name) ? [value, value.replace(/^\w+ /, "")] : [],
  ),
];
