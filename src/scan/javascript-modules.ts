import type { Finding } from "../base/finding.ts";
import { lineStarts, placeAt } from "../skill/plain-text.ts";
import { isTest, type ScanFile } from "./source.ts";

const processes = new Set(["child_process", "cluster"]);
const evaluators = new Set(["vm", "inspector", "repl", "v8"]);
const networks = new Set(["net", "tls", "http", "https", "http2", "dgram", "dns", "dns/promises", "undici", "axios", "node-fetch", "ws", "got"]);

/** Modules that start processes, run texts or reach the network, however they are loaded; one finding a module and file. */
export function modulesOf({ file, path, text }: ScanFile, networked: boolean): Finding[] {
  if (isTest(path)) return [];
  const findings = new Map<string, Finding>();
  const starts = lineStarts(text);
  for (const found of text.matchAll(
    /\b(?:from|import|require|getBuiltinModule)\b\s{0,4}\(?\s{0,4}["'`](?:node:)?([\w/-]{1,40})["'`]|\bprocess\s{0,4}\.\s{0,4}(binding|dlopen|_linkedBinding)\b|\b(fetch|WebSocket|EventSource)\s{0,4}\(/g,
  )) {
    const [, module = "", internal, call] = found;
    const said = sayModule(module, internal, call, networked);
    if (said === undefined) continue;
    if (!findings.has(said.message)) findings.set(said.message, { ...said, file, ...placeAt(starts, found.index) });
  }
  return [...findings.values()];
}

function sayModule(
  module: string,
  internal: string | undefined,
  call: string | undefined,
  networked: boolean,
): Pick<Finding, "rule" | "level" | "message"> | undefined {
  if (internal !== undefined)
    return { rule: "scan/javascript-native", level: "error", message: `uses process.${internal}, which reaches behind Node's own rules` };
  if (evaluators.has(module)) return { rule: "scan/javascript-evaluator", level: "warning", message: `loads ${module}, which can run text as code` };
  if (processes.has(module)) return { rule: "scan/javascript-process", level: "note", message: `loads ${module}, which starts processes` };
  const reach = networks.has(module) ? `loads ${module}` : call === undefined ? undefined : `uses ${call}`;
  if (reach === undefined) return undefined;
  return {
    rule: "scan/javascript-network",
    level: networked ? "note" : "warning",
    message: `${reach}, which reaches the network; the skill declares no hosts`,
  };
}
