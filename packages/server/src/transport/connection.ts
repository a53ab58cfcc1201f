import {
  type Actor,
  closeCodes,
  DaimonError,
  type ParamsOf,
  protocolVersion,
  reducerVersion,
  type ResultOf,
  version,
} from "@daimon/protocol";
import { commands, Request } from "@daimon/protocol/schema";
import type { WebSocket } from "@fastify/websocket";
import type { Socket } from "node:net";
import { faultIn, fits } from "../check.ts";
import type { Clock, Hub, Link, Log, Principal } from "../core/ports.ts";
import { callerAs, type Dispatch, wrongParams } from "./dispatch.ts";
import { parseJson } from "./json.ts";
import { asRefusal, type RequestId, rpcError } from "./refusals.ts";

export type ConnectionPorts = {
  hub: Hub;
  dispatch: Dispatch;
  clock: Clock;
  log: Log;
  /** Refuses who asks too much at once. */
  ration(principal: string): void;
};

const greetWithin = 5_000;
const beatEvery = 15_000;
/** This many beats without a sign of life. */
const silentBeats = 3;
const atOnce = 64;
const neverWaits: ReadonlySet<string> = new Set(["session/interrupt", "session/answer"]);
/** Answers that the client does not fetch: above the first nothing more is read from it, until the second. */
const answersHeld = 4 * 1024 * 1024;
const answersLow = 1024 * 1024;
const heartbeat = Buffer.from(JSON.stringify({ jsonrpc: "2.0", method: "heartbeat", params: {} }));

/** One WebSocket: JSON-RPC in, answers and frames out. Everything it knows of sessions it asks the hub. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #raw: Socket;
  readonly #principal: Principal;
  readonly #ports: ConnectionPorts;
  #link: Link | undefined;
  #waiting: { data: Buffer; isBinary: boolean }[] = [];
  #corked = false;
  #asking = 0;
  #answers = 0;
  #silent = 0;
  #revoked = false;
  #cancelTimer: () => void;

  constructor(socket: WebSocket, raw: Socket, principal: Principal, ports: ConnectionPorts) {
    this.#socket = socket;
    this.#raw = raw;
    this.#principal = principal;
    this.#ports = ports;
    socket.on("message", (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    socket.on("pong", () => (this.#silent = 0));
    socket.on("close", () => this.#gone());
    if (principal.gone.aborted) this.#cut();
    else principal.gone.addEventListener("abort", this.#cut);
    this.#cancelTimer = ports.clock.after(greetWithin, () =>
      this.close(closeCodes.protocol, "no initialize within 5 seconds: send it first"),
    );
  }

  close(code: number, reason: string): void {
    // A close frame holds no more bytes of reason.
    const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(123));
    this.#socket.close(code, reason.slice(0, read));
  }

  /** Says goodbye; whoever does not answer that is hung up on a second later. */
  leave(reason: string): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once("close", () => resolve());
      this.close(closeCodes.leaving, reason);
    });
  }

  #gone(): void {
    this.#cancelTimer();
    this.#principal.gone.removeEventListener("abort", this.#cut);
    if (this.#link) this.#ports.hub.leave(this.#link);
    this.#link = undefined;
  }

  /**
   * Its token is good no longer: from this moment nothing is taken and no frame goes out. Who took it back on this very
   * connection still gets the answer.
   */
  readonly #cut = (): void => {
    this.#revoked = true;
    if (this.#link) this.#ports.hub.leave(this.#link);
    setImmediate(() => this.close(closeCodes.token, "the token of this connection is good no longer"));
  };

  // ---- in ----------------------------------------------------------------------------------------------------

  /** Whoever left or was told to leave would hear nothing of what it asks. */
  get #here(): boolean {
    return this.#socket.readyState === this.#socket.OPEN && !this.#revoked;
  }

  /** While answers lie unread nothing more is taken; what was read in the same piece as the last one waits. */
  #receive(data: Buffer, isBinary: boolean): void {
    if (!this.#here) return;
    this.#silent = 0;
    if (this.#socket.isPaused) this.#waiting.push({ data, isBinary });
    else this.#read(data, isBinary);
  }

  #goOn(): void {
    while (this.#here && this.#answers <= answersHeld) {
      const next = this.#waiting.shift();
      if (!next) return this.#socket.resume();
      this.#read(next.data, next.isBinary);
    }
  }

  #read(data: Buffer, isBinary: boolean): void {
    let id: RequestId = null;
    try {
      if (isBinary) throw new DaimonError("invalid", "this frame is binary; send JSON-RPC 2.0 as text");
      const message = parseJson(data.toString());
      id = idOf(message);
      if (isHeartbeat(message)) return;
      if (!fits(Request, message)) throw notRequest(message);
      this.#take(message.id, message.method, message.params ?? {});
    } catch (error) {
      this.#refuse(id, error);
    }
  }

  #take(id: RequestId, method: string, params: object): void {
    if (method === "initialize") return this.#initialize(id, params);
    const link = this.#link;
    if (!link) throw new DaimonError("invalid", `"initialize" comes first; then ask ${JSON.stringify(method)} again`);
    if (this.#asking >= atOnce && !neverWaits.has(method))
      throw new DaimonError("overloaded", `${atOnce} requests of this connection are under way; wait for some of them`);
    if (!neverWaits.has(method)) this.#ports.ration(this.#principal.name);
    this.#asking++;
    const settle = {
      ok: (result: unknown) => {
        // It left before its attachment was there.
        if (this.#link !== link) return this.#ports.hub.leave(link);
        this.#asking--;
        this.#answer({ jsonrpc: "2.0", id, result });
      },
      refused: (error: DaimonError) => {
        this.#asking--;
        this.#refuse(id, error);
      },
    };
    this.#ports.dispatch.ask(link.caller, method, params, settle, link);
  }

  #initialize(id: RequestId, params: object): void {
    if (this.#link) throw new DaimonError("conflict", "this connection is initialized already");
    const schema = commands.initialize.params;
    // The version is looked at first: another one may well have other parameters.
    const protocol: unknown = "protocol" in params ? params.protocol : undefined;
    if (Number.isInteger(protocol) && protocol !== protocolVersion) return this.#refuseVersion(id, Number(protocol));
    if (!fits(schema, params)) throw wrongParams(schema, params);
    const { reducer = 0, client } = params;
    const actor = actorOf(this.#principal, client);
    this.#cancelTimer();
    this.#link = this.#linkFor(actor, reducer, client.answers ?? actor.client !== "http");
    this.#beat();
    const greeting: ResultOf<"initialize"> = {
      protocol: protocolVersion,
      reducer: reducerVersion,
      version,
      role: this.#principal.role,
      principal: this.#principal.name,
    };
    this.#answer({ jsonrpc: "2.0", id, result: greeting });
  }

  #refuseVersion(id: RequestId, theirs: number): void {
    const older = theirs < protocolVersion ? "client" : "daemon";
    const sentence = `the client speaks protocol ${theirs}, this daemon ${protocolVersion}: update the ${older}`;
    this.#refuse(id, new DaimonError("version", sentence, { details: { protocol: protocolVersion, version } }));
    this.close(closeCodes.version, sentence);
  }

  #linkFor(actor: Actor, reducer: number, answers: boolean): Link {
    return {
      reducer,
      answers,
      caller: callerAs(this.#principal, actor),
      // Answers are bounded on their own, so that a large one does not count against a client that reads.
      unsent: () => Math.max(0, this.#socket.bufferedAmount - this.#answers),
      send: (text) => {
        if (!this.#revoked) this.#send(text);
      },
      close: (code, reason) => this.close(code, reason),
    };
  }

  // ---- out ---------------------------------------------------------------------------------------------------

  #refuse(id: RequestId, error: unknown): void {
    this.#answer(rpcError(id, asRefusal(error, this.#ports.log)));
  }

  #answer(message: object): void {
    const text = Buffer.from(JSON.stringify(message));
    this.#answers += text.length;
    if (this.#answers > answersHeld) this.#socket.pause();
    this.#send(text, () => {
      this.#answers -= text.length;
      if (this.#answers < answersLow && this.#socket.isPaused) this.#goOn();
    });
  }

  /**
   * What all that is due at one moment sends leaves in one write: the system call is what costs. `ws` throws away what comes
   * after the end.
   */
  #send(text: Buffer, sent?: () => void): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#raw.cork();
      setImmediate(() => {
        this.#corked = false;
        this.#raw.uncork();
      });
    }
    this.#socket.send(text, { binary: false }, sent);
  }

  #beat(): void {
    this.#cancelTimer = this.#ports.clock.after(beatEvery, () => {
      if (++this.#silent > silentBeats) {
        this.#ports.log("info", "a client has been silent for too long", { client: this.#link?.caller.actor });
        return this.#socket.terminate();
      }
      this.#send(heartbeat);
      // For clients that do not know our heartbeat: every WebSocket answers a ping.
      this.#socket.ping();
      this.#beat();
    });
  }
}

/** `task`, `plugin` and `daemon` are given by the server only. */
function actorOf({ name }: Principal, { kind = "cli", user }: ParamsOf<"initialize">["client"]): Actor {
  if (kind !== "cli" && kind !== "web" && kind !== "http")
    throw new DaimonError("forbidden", `params.client.kind ${kind} is not for clients: say cli, web or http`);
  return { principal: name, client: kind, ...(user === undefined ? {} : { name: user }) };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function idOf(message: unknown): RequestId {
  const id = isObject(message) ? message["id"] : undefined;
  return (typeof id === "string" && id.length <= 64) || Number.isSafeInteger(id) ? (id as RequestId) : null;
}

const isHeartbeat = (message: unknown): boolean =>
  isObject(message) && message["method"] === "heartbeat" && !("id" in message);

function notRequest(message: unknown): DaimonError {
  if (Array.isArray(message)) return new DaimonError("invalid", "batches are not supported; send one request a frame");
  const { path, says } = faultIn(Request, message);
  return new DaimonError("invalid", `this is no JSON-RPC 2.0 request: ${path.join(".") || "it"} ${says}`);
}
