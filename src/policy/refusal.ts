import { messageOf } from "../base/errors.ts";
import { checkSchema } from "../base/json-schema.ts";
import { hiddenKind } from "../base/safe-text.ts";
import { nearest } from "../base/suggest.ts";
import { actionKind, actionNames } from "./actions.ts";
import { requestSchema } from "./request-schema.ts";
import type { ActionRequest } from "./request.ts";

/** Why a request is denied before any rule is asked: it is not a request that a rule could be trusted to judge. */
export interface Refusal {
  rule: "base/bad-request" | "base/unknown-action" | "base/bad-path" | "base/bad-host";
  reason: string;
  would: string;
}

/** Looks at the shape of a request; undefined means that rules may judge it. */
export function refuse(request: ActionRequest): Refusal | undefined {
  const problem = shapeProblem(request);
  if (problem !== undefined) {
    return {
      rule: "base/bad-request",
      reason: `malformed request: ${problem.message}`,
      would: problem.hint ?? "a request as `agentctl schema request` describes it",
    };
  }
  const kind = actionKind(request.action);
  if (kind === undefined) {
    const near = nearest(request.action, actionNames);
    const would = near === undefined ? `one of the known actions: ${actionNames.join(", ")}` : `did you mean ${near}?`;
    return { rule: "base/unknown-action", reason: `unknown action "${request.action}"`, would };
  }
  const lacking = kind.needs.find((fact) => request[fact] === undefined);
  if (lacking !== undefined)
    return { rule: "base/bad-request", reason: `malformed request: ${request.action} needs a ${lacking}`, would: `name the ${lacking}` };
  if (request.actor.kind === "agent" && request.actor.level === undefined) {
    return { rule: "base/bad-request", reason: `malformed request: agent ${request.actor.name} has no autonomy level`, would: "actor.level from 1 to 4" };
  }
  const path = request.path === undefined ? undefined : badPath(request.path);
  if (path !== undefined)
    return { rule: "base/bad-path", reason: `the path ${JSON.stringify(request.path)} ${path}`, would: "a normalised path relative to the workspace" };
  const host = request.host === undefined ? undefined : badHost(request.host);
  if (host !== undefined)
    return { rule: "base/bad-host", reason: `the host ${JSON.stringify(request.host)} ${host}`, would: "a host name or address in its usual form" };
  return undefined;
}

/** Also what is no data at all (a bigint, an object that answers with errors) is a malformed request and no failure of ours. */
function shapeProblem(request: unknown): { message: string; hint?: string | undefined } | undefined {
  try {
    return checkSchema(requestSchema, request)[0];
  } catch (cause) {
    return { message: `not data (${messageOf(cause)})` };
  }
}

/** What is wrong with a path; rules see only paths that have one spelling. `.` is the workspace itself. */
export function badPath(path: string): string | undefined {
  if (!path.isWellFormed()) return "holds a lone surrogate";
  if (path.includes("\0")) return "holds a NUL";
  if (/\p{Cc}/u.test(path)) return "holds a control character";
  if (hidesCharacters(path)) return "holds an invisible character";
  if (path.includes("\\")) return "holds a backslash";
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "is absolute";
  if (path === ".") return undefined;
  const segments = path.split("/");
  if (segments.includes("..")) return "leads upwards (..)";
  if (segments.includes(".") || segments.includes("")) return "is not normalised";
  if (segments.some((segment) => segment.length > 255)) return "has a segment of more than 255 characters";
  if (path !== path.normalize("NFC")) return "is not in Unicode normal form C";
  return undefined;
}

/** Some file systems leave them out: `.g\u200cit` is `.git` there. */
function hidesCharacters(path: string): boolean {
  if (/^[\x20-\x7e]*$/.test(path)) return false;
  return [...path].some((character) => hiddenKind(character.codePointAt(0) ?? 0) !== undefined);
}

/** What is wrong with a host: `0x7f.1`, `2130706433` and `EXAMPLE.com.` would all slip past a rule that names the usual form. */
export function badHost(host: string): string | undefined {
  if (!/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)$/.test(host)) return "is no host name (write other scripts as xn--…, IPv6 in brackets)";
  if (host.endsWith(".")) return "ends with a dot";
  const usual = URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : undefined;
  if (usual === undefined || host.startsWith(".") || host.includes("..")) return "is no host name";
  return usual === host.toLowerCase() ? undefined : `is another spelling of ${usual}`;
}
