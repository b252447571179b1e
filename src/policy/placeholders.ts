import { nearest } from "../base/suggest.ts";
import type { ActionRequest } from "./request.ts";

/** Facts that the words of a rule may name in braces: `agent {actor.name} is at level {actor.level}`. */
const placeholders: Record<string, (request: ActionRequest) => string | number | undefined> = {
  action: (request) => request.action,
  class: (request) => request.class,
  "actor.kind": (request) => request.actor.kind,
  "actor.name": (request) => request.actor.name,
  "actor.level": (request) => request.actor.level,
  tool: (request) => request.tool,
  "skill.name": (request) => request.skill?.name,
  "skill.trust": (request) => request.skill?.trust,
  path: (request) => request.path,
  host: (request) => request.host,
  port: (request) => request.port,
  runner: (request) => request.runner,
};

const inBraces = /\{([^{}]*)\}/g;

/** Words with the facts of a request; what the request lacks stays as it is written. */
export function fillIn(text: string, request: ActionRequest): string {
  return text.replaceAll(inBraces, (whole, name: string) => String((Object.hasOwn(placeholders, name) ? placeholders[name]?.(request) : undefined) ?? whole));
}

/** The first name in braces that stands for nothing, with the nearest right one. */
export function unknownPlaceholder(text: string): { message: string; hint: string } | undefined {
  const names = Object.keys(placeholders);
  for (const [whole, name = ""] of text.matchAll(inBraces)) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    return {
      message: `${whole} stands for nothing`,
      hint: near === undefined ? `known: ${names.map((each) => `{${each}}`).join(", ")}` : `did you mean {${near}}?`,
    };
  }
  return undefined;
}
