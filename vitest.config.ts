import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/**/*.test.ts", "tests/**/*.test.ts"],
    // Real daemons, kernels and sockets: a process each, and no more of them than a small machine has cores.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    teardownTimeout: 20_000,
    retry: 0,
    globalSetup: "tests/house/left-behind.ts",
  },
});
