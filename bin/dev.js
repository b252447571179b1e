#!/usr/bin/env node
// The sources as written, without a build: Node strips the types. oclif's own development path needs a compiler that TypeScript 7 is not.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { main } from "../src/cli/main.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pjson = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
pjson.oclif.commands = { strategy: "pattern", target: "./commands", globPatterns: ["**/*.ts"] };
await main({ root, pjson, ignoreManifest: true, enableAutoTranspile: false });
