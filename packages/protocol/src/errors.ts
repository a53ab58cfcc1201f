/** Every refusal a client may meet: the HTTP status it travels as and whether the same request may be retried. */
export const errorCodes = {
  unauthorized: { status: 401, retry: false },
  forbidden: { status: 403, retry: false },
  not_found: { status: 404, retry: false },
  ambiguous: { status: 409, retry: false },
  invalid: { status: 400, retry: false },
  too_large: { status: 413, retry: false },
  conflict: { status: 409, retry: false },
  busy: { status: 409, retry: true },
  already_answered: { status: 409, retry: false },
  already_ended: { status: 409, retry: false },
  gone: { status: 410, retry: false },
  op_mismatch: { status: 409, retry: false },
  version: { status: 426, retry: false },
  store_unavailable: { status: 503, retry: true },
  overloaded: { status: 503, retry: true },
  draining: { status: 503, retry: true },
  unsupported: { status: 501, retry: false },
} as const satisfies Record<string, { status: number; retry: boolean }>;

export type ErrorCode = keyof typeof errorCodes;
export type ErrorDetails = Record<string, unknown>;

/** A refusal: told only to the asker. Its message says what happened and what to do; nothing ever matches on it. */
export class DaimonError extends Error {
  override readonly name = "DaimonError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails | undefined;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions & { details?: ErrorDetails }) {
    super(message, options);
    this.code = code;
    this.details = options?.details;
  }
}

export const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === "string" && Object.hasOwn(errorCodes, code);

/** What a connection is closed with. */
export const closeCodes = {
  tooLarge: 1009,
  protocol: 4400,
  token: 4401,
  role: 4403,
  tooSlow: 4408,
  version: 4409,
  leaving: 4410,
} as const;
