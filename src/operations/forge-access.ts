import { AgentctlError } from "../base/errors.ts";
import { apiHost, forgePlace, type ForgePlace } from "../forge/place.ts";
import { remoteUrl } from "../git/push.ts";
import type { ActionRequest } from "../policy/request.ts";
import { requireCommittedKeys } from "./committed-keys.ts";
import type { Authority } from "./load-authority.ts";
import { personName } from "./person.ts";

export interface ForgeAsked {
  /** A name such as `origin`, or a URL. */
  remote: string;
  /** `owner/name`, where the remote does not say it. */
  repo?: string | undefined;
}

export interface ForgeAccess {
  place: ForgePlace;
  token: string;
  /** What policy is asked before anything goes there. */
  request: ActionRequest;
}

/**
 * Where the code host is asked for this workspace, and with what. The token is the person's own, from the environment only. Errors: `forge/no-token`
 * (unauthenticated), `workspace/forge-not-committed` (usage), those of `forgePlace`.
 */
export async function forgeAccess({ repository, config }: Authority, env: NodeJS.ProcessEnv, { remote, repo }: ForgeAsked): Promise<ForgeAccess> {
  const token = given(env, "GITHUB_TOKEN") ?? given(env, "GH_TOKEN");
  await requireCommittedKeys(config, env, {
    keys: ["forge.apiUrl"],
    code: "workspace/forge-not-committed",
    otherwise: "your token would go where nobody agreed to",
  });
  const url = repo === undefined ? await remoteUrl(repository, remote, ["url"]) : await remoteUrl(repository, remote, ["url"]).catch(() => undefined);
  const place = forgePlace({ remoteUrl: url, repo, apiUrl: config.values.forge.apiUrl ?? given(env, "GITHUB_API_URL") });
  if (token === undefined || !/^[\x21-\x7e]{1,1024}$/.test(token)) {
    throw new AgentctlError("forge/no-token", token === undefined ? "there is no token for the code host" : "the token is no text that a header can hold", {
      hint: "set GITHUB_TOKEN (contents read, pull requests write); with GitHub's CLI: GITHUB_TOKEN=$(gh auth token) agentctl …",
      exit: "unauthenticated",
    });
  }
  const actor = { kind: "person" as const, name: personName() };
  return {
    place,
    token,
    request: { action: "net.connect", class: "R", actor, ...apiHost(place.apiUrl), args: { repo: `${place.repo.owner}/${place.repo.name}` } },
  };
}

function given(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === "" ? undefined : value;
}

/** The branch of a ref that is landed on, also where a clone has only the remote's. */
export function branchOf(ref: string): string {
  return ref.replace(/^refs\/(heads|remotes\/origin)\//, "");
}
