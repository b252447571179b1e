import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface GitHubAsked {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: Record<string, unknown>;
}

export interface FakePull {
  number: number;
  state: "open" | "closed";
  title: string;
  body: string;
  draft: boolean;
  head: string;
  base: string;
  sha: string;
  author: string;
  headRepo: string;
}

export interface FakeReview {
  id: number;
  who: string;
  state: string;
  commit: string;
  type?: string;
}

export type GitHubAnswer = { status: number; headers?: Record<string, string>; body?: string } | "reset" | "silence" | "endless" | "cut";

export interface GitHubServer {
  /** `http://127.0.0.1:<port>`, to be GITHUB_API_URL. */
  url: string;
  repo: string;
  asked: GitHubAsked[];
  pulls: FakePull[];
  reviews: FakeReview[];
  comments: { id: number; body: string; author: string }[];
  /** Where a branch stands, as a push would have made it. */
  branches: Map<string, string>;
  /** Answers before those that it would give itself, one a request. */
  add(...answers: readonly GitHubAnswer[]): void;
  /** Items a page, below what is asked for. */
  perPage: number;
  close(): Promise<void>;
}

const docs = "https://docs.github.com/rest";

/** A server that speaks the wire format of GitHub's REST API (2022-11-28) for one repository: pulls, reviews, comments of issues, pages by Link, its shapes of errors. */
export async function gitHubServer(options: { repo?: string; token?: string } = {}): Promise<GitHubServer> {
  const { repo = "acme/desk", token = "ghp_test" } = options;
  const answers: GitHubAnswer[] = [];
  const state = {
    asked: [] as GitHubAsked[],
    pulls: [] as FakePull[],
    reviews: [] as FakeReview[],
    comments: [] as { id: number; body: string; author: string }[],
    branches: new Map<string, string>(),
    perPage: 100,
  };
  let url = "";
  let ids = 100;
  const pullJson = (pull: FakePull): object => ({
    id: pull.number * 1000,
    number: pull.number,
    html_url: `https://github.com/${repo}/pull/${pull.number}`,
    state: pull.state,
    draft: pull.draft,
    title: pull.title,
    body: pull.body,
    user: { login: pull.author, type: "User" },
    head: { ref: pull.head, sha: pull.sha, label: `acme:${pull.head}`, repo: { full_name: pull.headRepo } },
    base: { ref: pull.base, sha: "0".repeat(40), repo: { full_name: repo } },
  });
  const commentJson = ({ id, body, author }: { id: number; body: string; author: string }): object => ({ id, body, user: { login: author, type: "Bot" } });
  const own = ({ method, path, headers, body }: GitHubAsked): [status: number, value: unknown, headers?: Record<string, string>] => {
    if (headers.authorization !== `token ${token}`) return [401, { message: "Bad credentials", documentation_url: docs, status: "401" }];
    const { pathname, searchParams } = new URL(path, "http://x");
    const root = `/repos/${repo}`;
    if (!pathname.startsWith(`${root}/`)) return [404, { message: "Not Found", documentation_url: docs, status: "404" }];
    const rest = pathname.slice(root.length);
    const paged = (values: readonly object[]): [number, unknown, Record<string, string>?] => {
      const size = Math.min(state.perPage, Number(searchParams.get("per_page") ?? 30));
      const page = Number(searchParams.get("page") ?? 1);
      const next = new URLSearchParams(searchParams);
      next.set("page", String(page + 1));
      const more = page * size < values.length;
      return [
        200,
        values.slice((page - 1) * size, page * size),
        more ? { link: `<${url}${pathname}?${next.toString()}>; rel="next", <${url}${pathname}?page=99>; rel="last"` } : {},
      ];
    };
    if (rest === "/pulls" && method === "GET") {
      const head = searchParams.get("head")?.split(":").at(-1);
      const base = searchParams.get("base");
      return paged(
        state.pulls
          .filter((pull) => pull.state === "open" && (head === undefined || pull.head === head) && (base === null || pull.base === base))
          .map(pullJson),
      );
    }
    if (rest === "/pulls" && method === "POST") {
      const { head, base, title, body: text, draft } = body as Record<string, string>;
      const failed = (errors: object[]): [number, unknown] => [422, { message: "Validation Failed", errors, documentation_url: docs, status: "422" }];
      if (state.pulls.some((pull) => pull.state === "open" && pull.head === head && pull.base === base))
        return failed([{ resource: "PullRequest", code: "custom", message: `A pull request already exists for acme:${head}.` }]);
      const sha = state.branches.get(head ?? "");
      if (sha === undefined) return failed([{ resource: "PullRequest", field: "head", code: "invalid" }]);
      const pull: FakePull = {
        number: (ids += 1),
        state: "open",
        title: title ?? "",
        body: text ?? "",
        draft: Boolean(draft),
        head: head ?? "",
        base: base ?? "",
        sha,
        author: "pusher",
        headRepo: repo,
      };
      state.pulls.push(pull);
      return [201, pullJson(pull)];
    }
    const [, what, number, more] = /^\/(pulls|issues)\/(\d+)(\/(?:reviews|comments))?$/.exec(rest) ?? [];
    const pull = state.pulls.find((each) => each.number === Number(number));
    if (what === "pulls" && pull !== undefined && more === undefined) {
      if (method === "PATCH") Object.assign(pull, { title: body["title"] ?? pull.title, body: body["body"] ?? pull.body });
      return [200, pullJson(pull)];
    }
    if (what === "pulls" && pull !== undefined && more === "/reviews")
      return paged(
        state.reviews.map(({ id, who, state: said, commit, type }) => ({
          id,
          user: { login: who, type: type ?? "User" },
          state: said,
          commit_id: commit,
          body: "",
          submitted_at: "2026-11-28T10:00:00Z",
        })),
      );
    if (what === "issues" && pull !== undefined && more === "/comments") {
      if (method === "GET") return paged(state.comments.map(commentJson));
      const made = { id: (ids += 1), body: String(body["body"]), author: "github-actions[bot]" };
      state.comments.push(made);
      return [201, commentJson(made)];
    }
    const comment = state.comments.find(({ id }) => rest === `/issues/comments/${id}`);
    if (comment !== undefined && method === "PATCH") {
      comment.body = String(body["body"]);
      return [200, commentJson(comment)];
    }
    return [404, { message: "Not Found", documentation_url: docs, status: "404" }];
  };
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString("utf8");
    const asked = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
    state.asked.push(asked);
    const answer = answers.shift();
    if (answer !== undefined) return reply(answer, response);
    const [status, value, headers] = own(asked);
    response.writeHead(status, { "content-type": "application/json; charset=utf-8", "x-ratelimit-remaining": "4999", ...headers }).end(JSON.stringify(value));
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(state, {
    url,
    repo,
    add: (...more: readonly GitHubAnswer[]) => void answers.push(...more),
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  });
}

function reply(answer: GitHubAnswer, response: ServerResponse): void {
  const json = { "content-type": "application/json" };
  if (answer === "reset") response.socket?.resetAndDestroy();
  else if (answer === "silence") response.writeHead(200, json).flushHeaders();
  else if (answer === "cut") {
    response.writeHead(200, { ...json, "content-length": "1000" });
    response.write('[{"id":', () => response.socket?.resetAndDestroy());
  } else if (answer === "endless") {
    response.writeHead(200, json);
    const more = (): void => void (response.destroyed || response.write("1".repeat(65_536), () => setImmediate(more)));
    more();
  } else response.writeHead(answer.status, { ...json, ...answer.headers }).end(answer.body ?? "");
}
