// Writes oclif.manifest.json for dist/: with it a command starts without reading every command's file.
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Config } from "@oclif/core/config";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const file = join(root, "oclif.manifest.json");
rmSync(file, { force: true });
const config = await Config.load({ root, ignoreManifest: true, enableAutoTranspile: false });
const manifest = config.plugins.get(config.pjson.name)?.manifest;
if (manifest === undefined || Object.keys(manifest.commands).length === 0) throw new Error("no commands found under dist/commands");
writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
