import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { AgentctlError } from "../base/errors.ts";

let found: string | undefined;

/** The folder of this agentctl: where package.json and the shipped rooms lie, both for the sources and for the build in dist/. */
export function packageRoot(): string {
  if (found !== undefined) return found;
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, "utf8")) as { name?: string }).name === "agentctl") return (found = folder);
  }
  throw new AgentctlError("workspace/no-package", "the files that come with agentctl are not beside it", { hint: "install agentctl again" });
}
