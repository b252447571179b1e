import { safeText } from "../base/safe-text.ts";
import type { LandResult } from "../operations/land-proposal.ts";
import type { RollbackMade } from "../operations/rollback-proposal.ts";

interface Line {
  stream: "data" | "words";
  line: string;
}

const line = (label: string, text: string): string => `${label.padEnd(9)} ${text}`;
const words = (label: string, text: string): Line => ({ stream: "words", line: line(label, text) });
const data = (label: string, text: string): Line => ({ stream: "data", line: line(label, text) });
const said = (text: string): string => safeText(text, { oneLine: true }).slice(0, 300);
const short = (oid: string | undefined): string => (oid ?? "").slice(0, 7);
const shownMax = 20;

/** How a landing ended, for people. */
export function landingLines(result: LandResult): Line[] {
  const { proposal, outcome, target, from, to, approvedBy, policyVersion, newPolicy, why, hint, found, along } = result;
  const branch = target.replace(/^refs\/heads\//, "");
  const people = approvedBy.map(({ who, how, fingerprint }) => words("approved", `${said(who)}  ${how}${fingerprint === undefined ? "" : `  ${fingerprint}`}`));
  const next = hint === undefined ? [] : [words("next", hint)];
  if (outcome === "refused") return [...why.slice(0, shownMax).map((each) => words("refused", said(each))), ...next];
  if (outcome === "would-land") return [data("would", `land ${proposal} on ${branch} at ${short(from)}`), ...people, ...next];
  const left = along?.leftAlone ?? [];
  return [
    data(result.action === "rollback" ? "reverted" : "landed", `${branch} ${short(from)} → ${short(to)}${hint === undefined ? "" : `     ${hint}`}`),
    ...(found === true ? [words("found", "it had landed already; what was left was finished now")] : []),
    ...people,
    ...(policyVersion === undefined
      ? []
      : [
          words(
            "policies",
            `version ${policyVersion}${newPolicy === true ? "; open approvals that were given under another one are asked for anew" : ", as before"}`,
          ),
        ]),
    ...(along === undefined
      ? [words("files", `another branch is checked out here; ${branch} moved, nothing else did`)]
      : [words("files", `${along.brought} brought along`)]),
    ...left.slice(0, shownMax).map((path) => words("edited", `${said(path)} is as you left it; the branch has another one: git diff HEAD -- ${said(path)}`)),
  ];
}

/** A rollback that was made, before anybody agreed to it. */
export function rollbackLines({ proposal, reverts, merge, files, already }: RollbackMade): Line[] {
  return [
    data(already ? "there is" : "made", `${proposal}, which takes back ${reverts} (${short(merge)}): ${files.length} ${files.length === 1 ? "file" : "files"}`),
  ];
}
