import { readFileSync, statSync } from "node:fs";
import { readYaml, unreadable, yamlLimits, type YamlDocument } from "../base/document.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { checkDocument } from "../base/json-schema.ts";
import { compilePattern, type Pattern } from "../base/pattern.ts";
import { scriptSchema, type Script, type ScriptStep } from "./script-schema.ts";

/** A step with its patterns compiled. */
export interface ReadStep extends Omit<ScriptStep, "objective" | "seen"> {
  objective?: Pattern | undefined;
  seen?: Pattern | undefined;
}

/** Reads the file of a scripted model. Errors: llm/no-script; base/bad-document with line and column of everything that is wrong. */
export function readScript(file: string): ReadStep[] {
  return parseScript(file, textOf(file));
}

/** As `readScript`, of a text that was read already. Error: base/bad-document. */
export function parseScript(file: string, text: string): ReadStep[] {
  const { document, findings } = readYaml({ path: file, text });
  if (document === undefined) throw unreadable(file, findings);
  const wrong = checkDocument(scriptSchema, document, "llm/script");
  if (wrong.length > 0) throw unreadable(file, wrong);
  const { steps } = document.value as Script;
  const problems: Finding[] = [];
  const read = steps.map((step, index) => readStep(step, index, document, problems));
  if (problems.length > 0) throw unreadable(file, problems);
  return read;
}

function readStep({ objective, seen, ...step }: ScriptStep, index: number, document: YamlDocument, problems: Finding[]): ReadStep {
  const add = (key: string | undefined, message: string): void => {
    const path = key === undefined ? ["steps", index] : ["steps", index, key];
    problems.push({ rule: "llm/script", level: "error", message, file: document.file, ...document.at(path) });
  };
  const compile = (key: "objective" | "seen", source: string | undefined): Pattern | undefined => {
    if (source === undefined) return undefined;
    try {
      return compilePattern(source);
    } catch (cause) {
      add(key, `${key} is no pattern of RE2: ${messageOf(cause)}`);
      return undefined;
    }
  };
  const { say, think, call, fault, obey } = step;
  if ([say, think, call, fault].every((part) => part === undefined) && obey !== true) {
    add(undefined, "the step answers nothing: it needs say, call, think, fault or obey");
  }
  if (fault !== undefined && [say, think, call, obey].some((part) => part !== undefined)) add("fault", "a step with a fault answers nothing else");
  return { ...step, objective: compile("objective", objective), seen: compile("seen", seen) };
}

function textOf(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > 4 * yamlLimits.bytes) throw new Error(`it has ${size} bytes`);
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new AgentctlError("llm/no-script", `the script ${file} cannot be read: ${messageOf(cause)}`, { exit: "usage", cause });
  }
}
