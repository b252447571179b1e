import { readFileSync } from "node:fs";

/** The version of this agentctl, from its package.json, which is two folders up from the sources and three from the build. */
export const version: string = readVersion();

function readVersion(): string {
  for (const up of ["../../package.json", "../../../package.json"]) {
    try {
      const { name, version: found } = JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8")) as { name?: string; version?: string };
      if (name === "agentctl" && found !== undefined) return found;
    } catch {
      // Not there: the next place.
    }
  }
  return "unknown";
}
