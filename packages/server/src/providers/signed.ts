import type { Access, Provider } from "../core/ports.ts";

/** One provider while somebody is signed in there, another while nobody is. */
export function whileSignedIn(access: Access, inside: Provider, outside: Provider): Provider {
  const now = () => (access.state.is === "out" ? outside : inside);
  return {
    name: inside.name,
    models: (signal) => now().models(signal),
    stream: (request, signal) => now().stream(request, signal),
  };
}

type Options = { headers?: Record<string, string> };

/** Asks with the token of a sign-in, and once more with another where the server takes that one no longer. */
export async function lettingIn<T>(access: Access | undefined, ask: (options: Options) => Promise<T>): Promise<T> {
  if (!access) return ask({});
  const token = await access.token();
  try {
    return await ask(bearing(token));
  } catch (error) {
    if ((error as { status?: unknown }).status !== 401) throw error;
    return ask(bearing(await access.token(token)));
  }
}

const bearing = (token: string): Options => ({ headers: { authorization: `Bearer ${token}` } });
