import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Takes away from the worker whatever could reach the host, before any Python exists. WebAssembly can call only what it
 * imports, and JavaScript, should Python get hold of it, finds no process, no files, no network and no way to make new code
 * (the process runs with --disallow-code-generation-from-strings). Pyodide itself is told it stands in a bare shell, so its
 * bridges to Node (NODEFS, child_process, ws) are never built.
 */

/** The part of WebAssembly that is wrapped here; TypeScript knows it only together with a browser. */
type Imports = Record<string, Record<string, unknown>>;
type Limits = { initial: number; maximum?: number };
type WebAssemblyPart = {
  Memory: new (limits: Limits) => object;
  instantiate(source: unknown, imports?: Imports): Promise<unknown>;
};
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyPart };

const files = (path: string) => (path.startsWith("file:") ? fileURLToPath(path) : path);
const refuse = () => {
  throw new Error("this Python is sealed");
};

export function sealBeforeLoading(memoryPages: number): void {
  const read = (path: string) => readFileSync(files(path), "utf8");
  const readbuffer = (path: string) => {
    const bytes = readFileSync(files(path));
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  };
  // What Pyodide expects of a bare JavaScript shell. Its random bytes come from a command there; here only from this function.
  Object.assign(globalThis, { read, readbuffer, load: refuse, os: { system: randomBytes } });
  for (const name of unwanted) Reflect.deleteProperty(globalThis, name);
  limitMemory(memoryPages);
  cutImports();
}

const unwanted = [
  "process",
  "fetch",
  "Request",
  "Response",
  "Headers",
  "FormData",
  "WebSocket",
  "EventSource",
  "BroadcastChannel",
  "navigator",
  "localStorage",
  "sessionStorage",
];

function randomBytes(_shell: string, args: string[]): string {
  const count = Number(/head -c(\d+)/.exec(args[1] ?? "")?.[1] ?? 0);
  return Buffer.from(crypto.getRandomValues(new Uint8Array(Math.min(count, 65536)))).toString("base64");
}

/** Python sees MemoryError at this size, and the machine stays usable. */
function limitMemory(pages: number): void {
  const Memory = WebAssembly.Memory;
  WebAssembly.Memory = class extends Memory {
    constructor(limits: Limits) {
      super({ ...limits, maximum: Math.min(limits.maximum ?? pages, pages) });
    }
  };
}

const dangerous =
  /system|run_script|_fetch|wget|websocket|worker|dlopen_js|asm_const|__syscall_(socket|connect|bind|listen|accept|send|recv|shutdown|getaddr|getpeer|getsock)|popen|fork|exec[lv]/;
const notImplemented = -52;

/** The imports object is the one that side modules are linked against later, so what is cut stays cut for them. */
function cutImports(): void {
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = (source, imports) => {
    const env = imports?.["env"] ?? {};
    for (const name of Object.keys(env)) {
      if (dangerous.test(name)) env[name] = () => notImplemented;
    }
    return instantiate(source, imports);
  };
}

/** After loading nothing needs to read or import any more. */
export function sealAfterLoading(): void {
  for (const name of ["read", "readbuffer", "load", "require"]) Reflect.deleteProperty(globalThis, name);
  registerHooks({ resolve: refuse, load: refuse });
}
