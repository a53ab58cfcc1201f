/** The wire protocol. 1: the first. */
export const protocolVersion = 1;
/** The fold in view.ts. Raised whenever the same events would give another view; saved views of another number are ignored. */
export const reducerVersion = 6;
/** The shape of stored events; older ones are upcast on reading. */
export const eventVersion = 1;
export const version = "0.1.0";

/** Sizes that both sides know. */
export const sizes = {
  frame: 1024 * 1024,
  event: 64 * 1024,
  block: 48 * 1024,
  halfBlock: 24 * 1024,
  inline: 512 * 1024,
  input: 2 * 1024 * 1024,
  cell: 8 * 1024 * 1024,
  viewReply: 512 * 1024,
  viewItems: 200,
} as const;
