import { AgentctlError } from "../base/errors.ts";

/** A repository at a code host. */
export interface ForgeRepo {
  owner: string;
  name: string;
}

/** Where it is, and where its API is asked. */
export interface ForgePlace {
  /** Without a slash at its end. */
  apiUrl: string;
  repo: ForgeRepo;
}

const ownerShape = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/;
const nameShape = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;
const github = { host: "github.com", apiUrl: "https://api.github.com" };

/** `owner/name`; undefined for anything else. */
export function readRepo(text: string): ForgeRepo | undefined {
  const [owner = "", name = "", ...more] = text.split("/");
  return more.length === 0 && ownerShape.test(owner) && nameShape.test(name) ? { owner, name } : undefined;
}

/** Host and repository of a remote's URL, in any of the spellings that git takes; undefined for a folder, or for what is none. */
export function repoOfUrl(url: string): { host: string; repo: ForgeRepo } | undefined {
  const scp = /^[\w.-]+@([A-Za-z0-9.-]+):(?!\/)(.+)$/.exec(url);
  const parsed = scp === null && URL.canParse(url) ? new URL(url) : undefined;
  const host = scp?.[1] ?? (parsed !== undefined && /^(https|ssh|git):$/.test(parsed.protocol) ? parsed.hostname : undefined);
  const path = scp?.[2] ?? parsed?.pathname.replace(/^\//, "") ?? "";
  const repo = readRepo(path.replace(/\/$/, "").replace(/\.git$/, ""));
  return host === undefined || host === "" || repo === undefined ? undefined : { host: host.toLowerCase(), repo };
}

/**
 * Where a repository's API is asked: at the address given, else at GitHub's own where the remote is there. A remote alone never names another place: the token goes
 * to where this points. Plain http is only this machine. Errors (exit usage): `forge/no-repository`, `forge/no-api`, `forge/bad-api`.
 */
export function forgePlace({
  remoteUrl,
  repo: given,
  apiUrl,
}: {
  remoteUrl?: string | undefined;
  repo?: string | undefined;
  apiUrl?: string | undefined;
}): ForgePlace {
  const remote = remoteUrl === undefined ? undefined : repoOfUrl(remoteUrl);
  const repo = given === undefined ? remote?.repo : readRepo(given);
  if (repo === undefined) {
    throw new AgentctlError(
      "forge/no-repository",
      given === undefined ? "the remote names no repository of GitHub" : `${JSON.stringify(given)} is no repository`,
      {
        hint: "--repo owner/name",
        exit: "usage",
      },
    );
  }
  if (apiUrl !== undefined) return { apiUrl: requireApiUrl(apiUrl), repo };
  if (given !== undefined && remote === undefined) return { apiUrl: github.apiUrl, repo };
  if (remote?.host === github.host) return { apiUrl: github.apiUrl, repo };
  throw new AgentctlError("forge/no-api", `the remote is at ${JSON.stringify(remote?.host ?? "")}, and nothing says where its API is`, {
    hint: `commit forge: { apiUrl: "https://${remote?.host ?? "host"}/api/v3" } in agentctl.yaml, or set GITHUB_API_URL`,
    exit: "usage",
  });
}

function requireApiUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const own = url?.protocol === "http:" && /^(127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname);
  if (url === undefined || (url.protocol !== "https:" && !own) || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new AgentctlError("forge/bad-api", `${JSON.stringify(text)} is no https address of an API`, { hint: "https://api.github.com", exit: "usage" });
  }
  return url.href.replace(/\/+$/, "");
}

/** Host and port that a request to it goes to. */
export function apiHost(apiUrl: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(apiUrl);
  return { host: hostname, port: port === "" ? (protocol === "http:" ? 80 : 443) : Number(port) };
}
