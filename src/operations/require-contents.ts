import { AgentctlError } from "../base/errors.ts";
import type { Mask } from "../trace/mask.ts";
import type { Authority } from "./load-authority.ts";
import type { ProposalWanted, ProposedContent } from "./open-proposal.ts";
import { proposalBounds, requireProposable } from "./tools/proposed-files.ts";

/**
 * Files that can stand in the protected branch's commit beside those that are there: by path, size and number. Errors (exit usage): `tool/bad-proposal` naming the
 * path, `proposal/nothing` where there are none.
 */
export async function requireContents({ repository, commit }: Pick<Authority, "repository" | "commit">, contents: readonly ProposedContent[]): Promise<void> {
  if (contents.length === 0) throw new AgentctlError("proposal/nothing", "there is no file to propose", { hint: "agentctl propose --help", exit: "usage" });
  if (contents.length > proposalBounds.files) {
    throw bad(
      contents[proposalBounds.files]?.path ?? "",
      `a proposal may have ${proposalBounds.files} files, and there are ${contents.length}`,
      "propose less at a time",
    );
  }
  requireProposable(contents.map(({ path, data }) => (data === undefined ? { path, remove: true } : { path, content: "" })));
  let left = proposalBounds.bytes;
  for (const { path, data } of contents) {
    const most = Math.min(proposalBounds.fileBytes, left);
    if (data !== undefined && data.length > most) throw bad(path, `it has ${data.length} bytes; ${most} are left for it`, "propose less at a time");
    left -= data?.length ?? 0;
  }
  const spelled = spellings((await repository.listTree(commit)).map(({ path }) => path));
  for (const { path, data } of contents) {
    if (data === undefined) continue;
    const other = prefixes(path).find((each) => (spelled.get(folded(each)) ?? each) !== each);
    if (other !== undefined) throw bad(path, `${spelled.get(folded(other))} is there, and differs only by case or in looks`, "use the name that is there");
  }
}

/** What the record would mask must not become part of a commit that is pushed. Error `proposal/secret` (usage), naming the place and never the secret. */
export function requireNoSecrets(mask: Mask, { title, rationale, evidence, triggeredBy, contents }: Omit<ProposalWanted, "base" | "replaces">): void {
  const holds = (text: string): boolean => mask(text) !== text;
  const words = Object.entries({ title, rationale, evidence: evidence.join("\n"), "triggered-by": triggeredBy }).find(([, text]) => holds(text))?.[0];
  const file = contents.find(
    ({ path, data }) => holds(path) || (data !== undefined && (holds(Buffer.from(data).toString("latin1")) || holds(Buffer.from(data).toString("utf8")))),
  );
  const where = words === undefined ? (file === undefined ? undefined : JSON.stringify(mask(file.path))) : `the ${words}`;
  if (where === undefined) return;
  throw new AgentctlError("proposal/secret", `${where} holds what looks like a secret`, {
    hint: "name the variable that holds it, never its value",
    exit: "usage",
  });
}

/** Paths and folders by what they are on a file system that knows no case. */
function spellings(paths: readonly string[]): Map<string, string> {
  return new Map(paths.flatMap((path) => prefixes(path).map((each) => [folded(each), each] as const)));
}

function prefixes(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function folded(path: string): string {
  return path.normalize("NFKC").toLowerCase();
}

function bad(path: string, why: string, hint: string): AgentctlError {
  return new AgentctlError("tool/bad-proposal", `${JSON.stringify(path)} cannot be proposed: ${why}`, { hint, exit: "usage" });
}
