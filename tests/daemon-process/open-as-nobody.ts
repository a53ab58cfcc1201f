import { openHome } from "../../packages/server/src/home/index.ts";

// Root may write everywhere: what somebody else is told can only be seen as somebody else.
if (process.getuid?.() === 0) {
  process.setgid?.(65_534);
  process.setuid?.(65_534);
}
try {
  openHome();
} catch (error) {
  process.stdout.write((error as Error).message);
}
