import { AgentctlError } from "../base/errors.ts";
import { ciFiles, usedActions } from "../workspace/ci-files.ts";
import { findWorkspace } from "../workspace/find.ts";
import { placeFiles, type Placed } from "../workspace/place-files.ts";
import type { ShippedFile } from "../workspace/shipped.ts";
import { branchOf } from "./forge-access.ts";
import { loadAuthority } from "./load-authority.ts";

export interface InitCiAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  action: string;
  owners: readonly string[];
  /** `action=commit`. */
  pins: readonly string[];
  /** Writes nothing. */
  dryRun: boolean;
}

export interface InitCiResult extends Placed {
  files: { path: string; text: string }[];
}

/** Writes the workflows, owners and ruleset of a workspace; overwrites nothing. Errors (exit usage): `ci/bad-action`, `ci/bad-owner`, `ci/bad-pin`. */
export async function initCi({ cwd, env, action, owners, pins, dryRun }: InitCiAsked): Promise<InitCiResult> {
  if (action !== "./" && !/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}@[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/.test(action))
    throw new AgentctlError("ci/bad-action", `${JSON.stringify(action)} names no action`, {
      hint: "--action owner/repo@commit, where that repository holds agentctl's action.yml",
      exit: "usage",
    });
  const odd = owners.find((owner) => !/^@[A-Za-z0-9][A-Za-z0-9-]{0,38}(\/[A-Za-z0-9._-]{1,100})?$/.test(owner));
  if (odd !== undefined)
    throw new AgentctlError("ci/bad-owner", `${JSON.stringify(odd)} is neither a person nor a team`, { hint: "--owners @org/team", exit: "usage" });
  const pinned = pins.map((pin) => {
    const [name = "", commit = ""] = pin.split("=");
    if (usedActions.includes(name) && /^[0-9a-f]{40}$/.test(commit)) return [name, commit] as const;
    throw new AgentctlError("ci/bad-pin", `${JSON.stringify(pin)} pins no action that is used`, {
      hint: `--pin ${usedActions[0] ?? ""}=<40 hex digits>`,
      exit: "usage",
    });
  });
  const branch = await loadAuthority(cwd, env).then(({ ref }) => (ref === "HEAD" ? "main" : branchOf(ref)));
  const files = ciFiles({ action, owners, pins: Object.fromEntries(pinned), branch });
  const { root } = findWorkspace(cwd, env);
  return { ...(dryRun ? { created: [], kept: [], unchanged: [] } : placeFiles(root, files)), files: files.map(shown) };
}

function shown({ path, data }: ShippedFile): { path: string; text: string } {
  return { path, text: Buffer.from(data).toString("utf8") };
}
