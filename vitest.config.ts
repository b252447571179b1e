import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Workers and the processes that tests start keep what Node made of the sources: thousands of them read the same files.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("node_modules/.cache/compiled", import.meta.url));

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // For a machine of two cores that does other work: what hangs fails late, what is slow does not fail.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    pool: "forks",
    // Much of the time a test waits for a process or a container: one worker would leave half of a small machine idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    disableConsoleIntercept: true,
    setupFiles: ["test/support/setup.ts"],
    // Node itself loads the sources, as it does for users; so one coverage counts tests and the processes they start alike.
    server: { deps: { external: [/\/(src|commands|test\/support)\//] } },
  },
});
