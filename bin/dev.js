#!/usr/bin/env node
// The sources as written, without a build: Node strips the types. oclif's own development path needs a compiler that TypeScript 7 is not.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { main } from "../src/cli/main.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pjson = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
pjson.oclif.commands = { strategy: "pattern", target: "./commands", globPatterns: [typed(process.argv.slice(2)) ?? "**/*.ts"] };
await main({ root, pjson, ignoreManifest: true, enableAutoTranspile: false });

/** The file of the command that was typed. Without a manifest oclif would read every command; help, and what is no command, still need that. */
function typed(argv) {
  if (argv.includes("--help")) return undefined;
  const words = argv.slice(0, Math.max(0, argv.findIndex((word) => !/^[a-z]+$/.test(word)) + 1 || argv.length + 1) - 1);
  for (let count = words.length; count > 0; count--) {
    const path = words.slice(0, count).join("/");
    const file = [`${path}.ts`, `${path}/index.ts`].find((name) => existsSync(join(root, "commands", name)));
    // A word below a room's own command is a command that is not there: the nearest can only be named when all are known.
    if (file !== undefined) return count < words.length && existsSync(join(root, "commands", path)) ? undefined : file;
  }
  return undefined;
}
