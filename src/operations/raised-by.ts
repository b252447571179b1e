import { readYaml } from "../base/document.ts";
import { isMapping } from "../base/mapping.ts";
import type { Repository } from "../git/repository.ts";
import type { PathChange } from "../proposal/proposal.ts";
import type { Raised } from "../proposal/risk.ts";

/**
 * What the content of files asks for beyond what their paths do: an agent that gets a higher level, more tools, wider limits or fewer questions takes two keys. What
 * cannot be read counts as raised.
 */
export async function raisedBy(repository: Repository, changes: readonly PathChange[]): Promise<Raised[]> {
  const agents = changes.filter(({ path, after }) => after !== undefined && /^agents\/[^/]+\/agent\.ya?ml$/i.test(path.normalize("NFKC")));
  const blobs = await repository.readBlobs(agents.flatMap(({ before, after }) => [after?.oid ?? "", ...(before === undefined ? [] : [before.oid])]));
  let at = 0;
  return agents.flatMap(({ path, before }) => {
    const after = read(path, blobs[at++]);
    const old = before === undefined ? undefined : read(path, blobs[at++]);
    return raisedIn(old, after).map((reason) => ({ path, reason }));
  });
}

type Yaml = { readonly [key: string]: unknown };

function read(path: string, data: Uint8Array | undefined): Yaml | undefined {
  const value = data === undefined ? undefined : readYaml({ path, text: Buffer.from(data).toString("utf8") }).document?.value;
  return isMapping(value) ? value : undefined;
}

/** A new agent is measured against one that may nothing. */
function raisedIn(before: Yaml | undefined, after: Yaml | undefined): string[] {
  if (after === undefined) return ["its agent cannot be read"];
  const number = (yaml: Yaml | undefined, key: string): number => (typeof yaml?.[key] === "number" ? yaml[key] : 0);
  const list = (yaml: Yaml | undefined, key: string): string[] => (Array.isArray(yaml?.[key]) ? yaml[key].map(String) : []);
  const reasons: string[] = [];
  const [from, to] = [before === undefined ? 1 : number(before, "level"), number(after, "level")];
  if (to > from) reasons.push(`raises autonomy from level ${from} to ${to}`);
  if (JSON.stringify(before?.["autonomy"] ?? null) !== JSON.stringify(after["autonomy"] ?? null)) reasons.push("changes earned autonomy");
  if (before === undefined) return reasons;
  const more = list(after, "tools").filter((tool) => !list(before, "tools").includes(tool));
  if (more.length > 0) reasons.push(`gives more tools: ${more.slice(0, 5).join(", ")}`);
  const fewer = list(before, "approval").filter((tool) => !list(after, "approval").includes(tool));
  if (fewer.length > 0) reasons.push(`asks less: ${fewer.slice(0, 5).join(", ")}`);
  const limits = (yaml: Yaml): Yaml => (isMapping(yaml["limits"]) ? yaml["limits"] : {});
  const wider = Object.keys({ ...limits(before), ...limits(after) }).filter((key) => {
    const [old, next] = [limits(before)[key], limits(after)[key]];
    return next === undefined || old === undefined ? next !== old : Number(next) > Number(old);
  });
  if (wider.length > 0) reasons.push(`widens limits: ${wider.slice(0, 5).join(", ")}`);
  return reasons;
}
