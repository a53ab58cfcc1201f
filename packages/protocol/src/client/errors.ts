import { closeCodes, DaimonError, errorCodes, isErrorCode, type ErrorDetails } from "../errors.ts";

/** How a connection ended, or why none came about. */
export type Loss = { code: number; reason: string; errno?: string | undefined };

/** The connection went away and what was asked could not be asked again. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
  readonly loss: Loss;
  constructor(message: string, loss: Loss) {
    super(message);
    this.loss = loss;
  }
}

/** A refusal as the daemon told it; `retry`: the same request may succeed later. */
export class Refusal extends DaimonError {
  readonly retry: boolean;
  constructor(...[code, message, options]: [...ConstructorParameters<typeof DaimonError>]) {
    super(code, message, options);
    this.retry = errorCodes[code].retry;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** The `error` of a reply. A code from a newer daemon becomes the nearest one known, and stays in the details. */
export function refusalOf(error: unknown): Refusal {
  const { message, data } = isObject(error) ? error : {};
  const { code, retry, details } = isObject(data) ? data : {};
  const sentence = typeof message === "string" && message !== "" ? message : "the daemon refused without a reason";
  const known: ErrorDetails | undefined = isObject(details) ? details : undefined;
  if (isErrorCode(code)) return new Refusal(code, sentence, known && { details: known });
  return new Refusal(retry === true ? "overloaded" : "invalid", sentence, { details: { ...known, code } });
}

/** A close that coming back would not change. */
export function fatal({ code, reason }: Loss): DaimonError | undefined {
  if (code === closeCodes.token)
    return new Refusal("unauthorized", reason || "the daemon does not accept this token any more; check DAIMON_TOKEN");
  if (code === closeCodes.role)
    return new Refusal("forbidden", reason || "this token may not do that; ask for one with a higher role");
  if (code === closeCodes.version) return new Refusal("version", reason || versionSentence);
  return undefined;
}

export const versionSentence =
  "this client and the daemon speak different versions of the protocol; update the older one";

/** Closes that say something in the requests under way was not acceptable: sending them again would repeat it. */
export function blame({ code, reason }: Loss): DaimonError | undefined {
  const why = reason === "" ? "" : `: ${reason}`;
  if (code === closeCodes.tooLarge)
    return new Refusal("too_large", `the daemon closed the connection over a message that is too large${why}`);
  if (code === closeCodes.protocol || code === 1002 || code === 1003 || code === 1007 || code === 1008)
    return new Refusal("invalid", `the daemon closed the connection over a message it could not accept${why}`);
  return undefined;
}
