import type { LoadOptions } from "@oclif/core/interfaces";
import { run } from "@oclif/core/run";
import { writeError } from "./error-edge.ts";

/** Runs what was typed. Never rejects: every end is an exit code. */
export async function main(loadOptions: LoadOptions, argv: string[] = process.argv.slice(2)): Promise<void> {
  // A reader that goes away (`| head`) is not an error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit();
    });
  }
  try {
    await run(argv, loadOptions);
  } catch (thrown) {
    process.exitCode = writeError(thrown, argv.includes("--json"));
  }
}
