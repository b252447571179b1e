import { AgentctlError } from "../base/errors.ts";
import { isMapping } from "../base/mapping.ts";
import { safeText } from "../base/safe-text.ts";
import { boundedFetch, usualBounds, type FetchBounds } from "./bounded-fetch.ts";
import type { ForgePlace } from "./place.ts";
import { readComment, readPull, readReview, type Comment, type PullRequest, type Review } from "./pull-request.ts";

/** What is asked of a code host. */
export interface Forge {
  /** The open pull request of a branch of this repository; undefined where there is none. */
  findPull(wanted: { head: string; base: string }): Promise<PullRequest | undefined>;
  openPull(wanted: { head: string; base: string; title: string; body: string; draft: boolean }): Promise<PullRequest>;
  updatePull(number: number, change: { title: string; body: string }): Promise<PullRequest>;
  readPull(number: number): Promise<PullRequest>;
  /** All of them, the oldest first. */
  reviews(number: number): Promise<Review[]>;
  comments(number: number): Promise<Comment[]>;
  writeComment(number: number, body: string): Promise<Comment>;
  changeComment(id: number, body: string): Promise<Comment>;
}

const pagesMax = 30;
const perPage = 100;
const headers = { "x-github-api-version": "2022-11-28" };

/**
 * GitHub's REST API of one repository. The token goes into the header of requests to this one address, and into nothing else. Errors: `forge/unauthenticated` and
 * `forge/forbidden` (unauthenticated), `forge/not-found`, `forge/refused`, `forge/bad-answer`, `forge/too-many`, and those of `boundedFetch`.
 */
export async function openForge({ apiUrl, repo }: ForgePlace, { token, bounds = {} }: { token: string; bounds?: Partial<FetchBounds> }): Promise<Forge> {
  const [{ Octokit }, { paginateRest }] = await Promise.all([import("@octokit/core"), import("@octokit/plugin-paginate-rest")]);
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const octokit = new (Octokit.plugin(paginateRest))({
    auth: token,
    baseUrl: apiUrl,
    userAgent: "agentctl",
    log: silent,
    request: { fetch: boundedFetch(apiUrl, { ...usualBounds, ...bounds }), log: silent },
  });
  const host = new URL(apiUrl).host;
  const here = { owner: repo.owner, repo: repo.name, headers };
  const one = async <T>(what: string, read: (value: unknown) => T | undefined, route: string, parameters: object = {}): Promise<T> => {
    const { data } = await worded(host, what, () => octokit.request(route, { ...here, ...parameters }));
    return need(host, what, read(data));
  };
  const all = async <T>(what: string, read: (value: unknown) => T | undefined, route: string, parameters: object = {}): Promise<T[]> => {
    const found = await worded(host, what, async () => {
      const values: unknown[] = [];
      let pages = 0;
      for await (const { data } of octokit.paginate.iterator<unknown>(route, { ...here, per_page: perPage, ...parameters })) {
        // What is beyond is not left out silently: it might be what refuses.
        if ((pages += 1) > pagesMax) throw new AgentctlError("forge/too-many", `${host} names more than ${pagesMax * perPage} ${what}`);
        if (!Array.isArray(data)) throw new AgentctlError("forge/bad-answer", `${host} answered with something that is no list of ${what}`);
        values.push(...data);
      }
      return values;
    });
    return found.map((value) => need(host, what, read(value)));
  };
  const pulls = "/repos/{owner}/{repo}/pulls";
  const issues = "/repos/{owner}/{repo}/issues";
  return {
    async findPull({ head, base }) {
      const found = await all("pull requests", readPull, `GET ${pulls}`, { head: `${repo.owner}:${head}`, base, state: "open" });
      const full = `${repo.owner}/${repo.name}`.toLowerCase();
      return found.find((pull) => pull.headRef === head && pull.baseRef === base && pull.headRepo.toLowerCase() === full);
    },
    openPull: (wanted) => one("the pull request", readPull, `POST ${pulls}`, { ...wanted, maintainer_can_modify: false }),
    updatePull: (number, change) => one("the pull request", readPull, `PATCH ${pulls}/{pull_number}`, { pull_number: number, ...change }),
    readPull: (number) => one("the pull request", readPull, `GET ${pulls}/{pull_number}`, { pull_number: number }),
    reviews: (number) => all("reviews", readReview, `GET ${pulls}/{pull_number}/reviews`, { pull_number: number }),
    comments: (number) => all("comments", readComment, `GET ${issues}/{issue_number}/comments`, { issue_number: number }),
    writeComment: (number, body) => one("the comment", readComment, `POST ${issues}/{issue_number}/comments`, { issue_number: number, body }),
    changeComment: (id, body) => one("the comment", readComment, `PATCH ${issues}/comments/{comment_id}`, { comment_id: id, body }),
  };
}

function need<T>(host: string, what: string, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new AgentctlError("forge/bad-answer", `${host} answered with something that ${what} cannot be read from`);
}

/** Errors in our words; those of the library hold the whole request. */
async function worded<T>(host: string, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const own = ownError(thrown);
    if (own !== undefined) throw own;
    const status = isMapping(thrown) || thrown instanceof Error ? (thrown as { status?: unknown }).status : undefined;
    const said = saidOf(thrown);
    if (status === 401) {
      throw new AgentctlError("forge/unauthenticated", `${host} does not know this token${said}`, {
        hint: "GITHUB_TOKEN=… agentctl …",
        exit: "unauthenticated",
      });
    }
    if (status === 403) {
      throw new AgentctlError("forge/forbidden", `${host} does not let this token do that with ${what}${said}`, {
        hint: "the token needs: contents read, pull requests write",
        exit: "unauthenticated",
      });
    }
    if (status === 404) {
      throw new AgentctlError("forge/not-found", `${host} has no such repository or pull request, or this token may not see it`, { hint: "--repo owner/name" });
    }
    if (status === 422) throw new AgentctlError("forge/refused", `${host} did not take ${what}${said}`, { details: { status } });
    if (typeof status === "number") throw new AgentctlError("forge/refused", `${host} answered ${status} for ${what}${said}`, { details: { status } });
    throw new AgentctlError("forge/no-answer", `${host} could not be asked for ${what}`);
  }
}

/** Ours, however deep the library wrapped it. */
function ownError(thrown: unknown): unknown {
  if (thrown instanceof AgentctlError) return thrown;
  if (!(thrown instanceof Error)) return undefined;
  if (thrown.name === "AbortError") return thrown;
  return thrown.cause instanceof AgentctlError ? thrown.cause : undefined;
}

/** What the host said, on one line and cut. */
function saidOf(thrown: unknown): string {
  const response = (thrown as { response?: { data?: unknown } }).response;
  const data = response?.data;
  if (!isMapping(data)) return "";
  const errors = Array.isArray(data["errors"]) ? data["errors"].map((each: unknown) => (isMapping(each) ? (each["message"] ?? each["code"]) : each)) : [];
  const words = [data["message"], ...errors].filter((each) => typeof each === "string").join(": ");
  return words === "" ? "" : `: ${safeText(words.toWellFormed(), { oneLine: true }).slice(0, 200)}`;
}
