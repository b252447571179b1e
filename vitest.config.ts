import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Workers and the processes that tests start keep what Node made of the sources: thousands of them read the same files.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("node_modules/.cache/compiled", import.meta.url));

/** What holds a clock against what the product promises of time: nothing else runs beside it. */
const timed = ["test/commands/halt/halt.real.test.ts", "test/commands/run/agents-halt.real.test.ts", "test/operations/open-models.test.ts"];

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "all", include: ["test/**/*.test.ts"], exclude: timed, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: "timed", include: timed, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
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
