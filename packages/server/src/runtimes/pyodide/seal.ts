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
type Memory = { buffer: ArrayBuffer; grow(pages: number): number };
type Instance = { exports: { memory?: Memory } };
type Module = object;
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Memory: { prototype: Memory };
    Module: { new (source: unknown): Module; imports(module: Module): { name: string }[] };
    compile(source: unknown): Promise<Module>;
    /** Of bytes it makes both; of a compiled module the instance alone. */
    instantiate(source: unknown, imports?: Imports): Promise<{ module: Module; instance: Instance } | Instance>;
  };
};

const pageBytes = 65536;
const pathOf = (place: string) => (place.startsWith("file:") ? fileURLToPath(place) : place);
/** A file in a buffer of its own, which can be given back when it was copied to where it is used. */
export function readWhole(path: string): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
}

const refuse = () => {
  throw new Error("this Python is sealed");
};

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

/** What Pyodide has read, kept by its closures for as long as it lives. */
const given: ArrayBuffer[] = [];

/** `memory` bounds what Python may ever have; it begins with at least `initially`, room for a memory image. */
export function sealBeforeLoading(memory: number, initially: number): void {
  const read = (place: string) => readFileSync(pathOf(place), "utf8");
  const readbuffer = (place: string) => {
    const buffer = readWhole(pathOf(place));
    given.push(buffer);
    return buffer;
  };
  // What Pyodide expects of a bare JavaScript shell. Its random bytes come from a command there; here only from this function.
  Object.assign(globalThis, { read, readbuffer, load: refuse, os: { system: randomBytes } });
  for (const name of unwanted) Reflect.deleteProperty(globalThis, name);
  limitMemory(memory);
  cutImports(initially);
}

function randomBytes(_shell: string, args: string[]): string {
  const count = Number(/head -c(\d+)/.exec(args[1] ?? "")?.[1] ?? 0);
  return Buffer.from(crypto.getRandomValues(new Uint8Array(Math.min(count, 65536)))).toString("base64");
}

/** Python sees MemoryError at this size, and the machine stays usable. */
function limitMemory(bytes: number): void {
  const memory = WebAssembly.Memory.prototype;
  const grow = Object.getOwnPropertyDescriptor(memory, "grow")?.value as (this: Memory, pages: number) => number;
  memory.grow = function (this: Memory, pages: number) {
    if (this.buffer.byteLength + pages * pageBytes > bytes)
      throw new RangeError("the memory of this Python is used up");
    return grow.call(this, pages);
  };
}

/** Commands, scripts, sockets, and modules of machine code that people could bring along. */
const dangerous = new RegExp(
  [
    "system|popen|fork|exec[lv]|worker",
    "run_script|asm_const",
    "fetch|wget|websocket",
    "__syscall_(socket|connect|bind|listen|accept|send|recv|shutdown|getpeer|getsock)",
    "dlopen",
  ].join("|"),
);
const notImplemented = -52;
const noHandle = 0;

/** All that lets Python hold, ask or call something of JavaScript. */
const bridge =
  /^_*(Js|js|python2js|pyproxy|hiwire|raw_call|create_|destroy_|proxy_cache|array_to|my_dict|wrap_|gc_register|get_async|handle_next|get_length|agen|is_comlink|can_run|set_|syncify|saveState|restoreState|get_suspender|maybe_|try_)/;

/** What of it requests and answers need: texts go in and out, and an error may end the way. */
const carriesTexts = new Set([
  ...[
    "js2python_js",
    "js2python_immutable_js",
    "_python2js_ascii",
    "_python2js_ucs1",
    "_python2js_ucs2",
    "_python2js_ucs4",
  ],
  ...["proxy_cache_get", "proxy_cache_set", "pyproxy_new", "pyproxy_new_ex", "pyproxy_Check", "destroy_proxies"],
  ...[
    "JsvError_Check",
    "JsvError_Throw",
    "JsvNoValue_Check",
    "JsvArray_Get",
    "Jsv_GetError_import",
    "gc_register_proxies",
  ],
]);
let bridgeIsOpen = true;

/** From now on Python gets nothing of JavaScript, even where it finds an object of it in its memory. */
export function closeBridge(): void {
  bridgeIsOpen = false;
}

/** The imports object is also the one that side modules and symbols are looked up in, so what is cut stays cut. */
function cutImports(initially: number): void {
  const { compile, instantiate, Module } = WebAssembly;
  WebAssembly.instantiate = async (source, imports = {}) => {
    const module = source instanceof Module ? source : await compile(source);
    const needed = new Set(Module.imports(module).map(({ name }) => name));
    const env = imports["env"] ?? {};
    for (const [name, original] of Object.entries(env)) {
      if (!needed.has(name) || dangerous.test(name)) env[name] = inPlaceOf(original, refusal(name));
      else if (bridge.test(name) && !carriesTexts.has(name)) env[name] = inPlaceOf(original, whileOpen(original));
    }
    const instance = (await instantiate(module, imports)) as Instance;
    const { memory } = instance.exports;
    const missing = initially - (memory?.buffer.byteLength ?? initially);
    if (missing > 0) memory?.grow(Math.ceil(missing / pageBytes));
    return source instanceof Module ? instance : { module, instance };
  };
}

type Call = (...values: unknown[]) => unknown;

const refusal =
  (name: string): Call =>
  () =>
    name.includes("dlopen") ? noHandle : notImplemented;

const whileOpen =
  (crossing: unknown): Call =>
  (...values) =>
    bridgeIsOpen && typeof crossing === "function" ? (crossing as Call)(...values) : null;

/** What linking wrote on a function, its signature, is wanted of what stands in its place: without it a look-up ends Python. */
const inPlaceOf = (original: unknown, call: Call): unknown =>
  Object.assign(call, typeof original === "function" ? original : { sig: "ii" });

/** After loading nothing needs to read or import any more. */
export function sealAfterLoading(): void {
  for (const name of ["read", "readbuffer", "load"]) Reflect.deleteProperty(globalThis, name);
  registerHooks({ resolve: refuse, load: refuse });
  for (const buffer of given) buffer.transfer(0);
}
