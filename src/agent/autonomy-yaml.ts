import { isMap, isScalar, parseDocument } from "yaml";
import { readYaml } from "../base/document.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { AgentctlError } from "../base/errors.ts";
import { isMapping } from "../base/mapping.ts";
import type { RiskClass } from "../policy/request.ts";

/** What changes in agent.yaml: the level of the agent, or that of one class; and whether it gets another chance. */
export interface AutonomyEdit {
  level?: number | undefined;
  class?: { name: RiskClass; level: number } | undefined;
  renewed?: string | undefined;
}

/**
 * The text of an agent.yaml with another level or autonomy, and every other character as it was. Error `agent/odd-yaml` (exit usage) where the text is written in
 * a way that cannot be changed without touching more: edit it by hand and propose that.
 */
export function editAutonomy(text: string, edit: AutonomyEdit): string {
  const before = readYaml({ path: "agent.yaml", text }).document?.value;
  if (!isMapping(before)) throw odd("it cannot be read");
  const wanted = { ...before, ...(edit.level !== undefined && { level: edit.level }) };
  const autonomy = {
    ...(isMapping(before["autonomy"]) ? before["autonomy"] : {}),
    ...(edit.class !== undefined && { [edit.class.name]: edit.class.level }),
    ...(edit.renewed !== undefined && { renewed: edit.renewed }),
  };
  let edited = edit.level === undefined ? text : replaceLevel(text, edit.level);
  if (edit.class !== undefined || edit.renewed !== undefined) {
    edited = replaceAutonomy(edited, autonomy);
    Object.assign(wanted, { autonomy });
  }
  const after = readYaml({ path: "agent.yaml", text: edited }).document?.value;
  if (!isMapping(after) || canonicalJson(after) !== canonicalJson(wanted)) throw odd("level or autonomy are written in an unusual way");
  return edited;
}

function replaceLevel(text: string, level: number): string {
  const node = parseDocument(text, { version: "1.2", schema: "core" }).get("level", true);
  if (!isScalar(node) || node.range == null) throw odd("it has no plain level");
  return text.slice(0, node.range[0]) + String(level) + text.slice(node.range[1]);
}

/** On one line below the level where there is none yet, else in the place of the old one. */
function replaceAutonomy(text: string, autonomy: Readonly<Record<string, unknown>>): string {
  const document = parseDocument(text, { version: "1.2", schema: "core" });
  const flow = `{ ${Object.entries(autonomy)
    .map(([key, value]) => `${key}: ${typeof value === "string" ? JSON.stringify(value) : String(value)}`)
    .join(", ")} }`;
  const node = document.get("autonomy", true);
  if (isMap(node) && node.range != null) {
    const [start, end] = node.range;
    if (node.flow === true) return text.slice(0, start) + flow + text.slice(end);
    const key = text.lastIndexOf("autonomy:", start);
    const rest = text.slice(end);
    return `${text.slice(0, key)}autonomy: ${flow}${text.slice(0, end).endsWith("\n") ? "\n" : ""}${rest}`;
  }
  const level = document.get("level", true);
  if (node !== undefined || !isScalar(level) || level.range == null) throw odd("it has no plain level");
  const line = text.indexOf("\n", level.range[1]);
  const at = line < 0 ? text.length : line + 1;
  return `${text.slice(0, at)}${line < 0 ? "\n" : ""}autonomy: ${flow}\n${text.slice(at)}`;
}

function odd(why: string): AgentctlError {
  return new AgentctlError("agent/odd-yaml", `its agent.yaml cannot be changed by machine: ${why}`, {
    hint: "edit it, then: agentctl propose --files agents/NAME/agent.yaml",
    exit: "usage",
  });
}
