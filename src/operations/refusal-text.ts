import type { Decision } from "../policy/request.ts";

/** A decision in the words that an agent reads: the same rule, reason and mend that people see. */
export function refusalText({ effect, rules, reason, at, would, request }: Decision): string {
  const rule = rules[0] === undefined ? "no rule allows it" : `rule ${rules[0]}${at === undefined ? "" : ` (${at.file}:${at.line})`}`;
  const what = [request.action, request.path ?? request.host ?? request.skill?.name ?? request.tool].filter((part) => part !== undefined).join(" ");
  return `${effect}: ${what}: ${rule}: ${reason}${would === undefined ? "" : `\nwould be allowed with: ${would}`}`;
}
