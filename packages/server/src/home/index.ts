export { takeLock, type Lock } from "./lock.ts";
export { openHome } from "./open.ts";
export { prepareSocket, releaseSocket } from "./socket.ts";
export { ensureToken, newToken, writeToken } from "./token.ts";
