import { badPath } from "./refusal.ts";
import { compileGlob } from "./glob.ts";
import type { ActionRequest, RiskClass } from "./request.ts";

/** What a request must have for a grant to stand in for its approval; what is not named may be anything. */
export interface GrantScope {
  class: RiskClass;
  host?: string | undefined;
  port?: number | undefined;
  /** A path, or a pattern of paths. */
  path?: string | undefined;
  tool?: string | undefined;
  skill?: string | undefined;
  /** Over the skill's files: a change of one byte asks again. */
  skillDigest?: string | undefined;
}

export interface GrantTerms {
  agent: string;
  action: string;
  scope: GrantScope;
}

export const grantScopes = ["host", "path", "tool", "skill"] as const;
export type GrantScopeName = (typeof grantScopes)[number];

/** Whether a grant covers a request. Never an order or a credential, never a scope that names nothing, never what cannot be read. */
export function covers({ agent, action, scope }: GrantTerms, request: ActionRequest): boolean {
  if (!grantable(request) || request.class !== scope.class) return false;
  if (request.actor.kind !== "agent" || request.actor.name !== agent || request.action !== action) return false;
  if (grantScopes.every((name) => scope[name] === undefined)) return false;
  if (scope.port !== undefined && scope.port !== request.port) return false;
  if (scope.skill !== undefined && (scope.skillDigest === undefined || scope.skillDigest !== request.skill?.digest)) return false;
  return grantScopes.every((name) => scope[name] === undefined || fits(name, scope[name], request));
}

/** What is never granted, only approved one by one. */
export function grantable({ class: riskClass, path }: Pick<ActionRequest, "class" | "path">): boolean {
  return riskClass !== "C" && riskClass !== "T" && !/^(policies|\.git|agentctl\.yaml)(\/|$)/i.test(path ?? "");
}

/** The scope that a person names by one word, for one request; undefined where the request has no such fact, or none that a pattern can hold. */
export function scopeFor(name: GrantScopeName, request: ActionRequest): GrantScope | undefined {
  if (!grantable(request)) return undefined;
  const scope = named(name, request);
  if (scope === undefined) return undefined;
  const { actor, action } = request;
  // What would not even cover the request that it is made from, such as an address in brackets, is no scope.
  return covers({ agent: actor.name, action, scope }, request) ? scope : undefined;
}

function named(name: GrantScopeName, { class: riskClass, host, port, path, tool, skill }: ActionRequest): GrantScope | undefined {
  if (name === "host") return host === undefined ? undefined : { class: riskClass, host, ...(port !== undefined && { port }) };
  if (name === "tool") return tool === undefined ? undefined : { class: riskClass, tool };
  if (name === "skill") return skill === undefined ? undefined : { class: riskClass, skill: skill.name, skillDigest: skill.digest };
  if (path === undefined || badPath(path) !== undefined || /[*?{}]/.test(path)) return undefined;
  const slash = path.lastIndexOf("/");
  return { class: riskClass, path: slash < 0 ? path : `${path.slice(0, slash)}/**` };
}

function fits(name: GrantScopeName, pattern: string, request: ActionRequest): boolean {
  const value = name === "skill" ? request.skill?.name : request[name];
  if (value === undefined) return false;
  const glob = compileGlob(pattern, name === "tool" || name === "skill" ? "name" : name);
  return !("problem" in glob) && glob.test(value);
}
