import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openForge, type Forge } from "../../src/forge/github.ts";
import { gitHubServer, type GitHubServer } from "../support/github-server.ts";

let server: GitHubServer;
let forge: Forge;
const bounds = { timeoutMs: 400, retries: 2, waitMsMax: 1_500, answerBytesMax: 256 * 1024 };
beforeEach(async () => {
  server = await gitHubServer();
  forge = await openForge({ apiUrl: server.url, repo: { owner: "acme", name: "desk" } }, { token: "ghp_test", bounds });
  server.branches.set("agentctl/p-1", "a".repeat(40));
});
afterEach(() => server.close());
const wanted = { head: "agentctl/p-1", base: "main", title: "t", body: "b", draft: false };
const json = (status: number, value: unknown, headers: Record<string, string> = {}) => ({ status, headers, body: JSON.stringify(value) });

describe("pull requests", () => {
  test("are opened, found by their branch, and changed", async () => {
    expect(await forge.findPull(wanted)).toBeUndefined();
    const opened = await forge.openPull(wanted);
    expect(await forge.findPull(wanted)).toEqual(opened);
    await forge.updatePull(opened.number, { title: "t2", body: "b2" });
    expect(await forge.readPull(opened.number)).toMatchObject({ title: "t2", body: "b2", head: "a".repeat(40) });
    expect(server.asked[0]?.headers).toMatchObject({ authorization: "token ghp_test", "x-github-api-version": "2022-11-28" });
  });

  test("of a fork with the same branch are another's", async () => {
    await forge.openPull(wanted);
    for (const pull of server.pulls) pull.headRepo = "mallory/desk";
    expect(await forge.findPull(wanted)).toBeUndefined();
  });

  test("reviews and comments come whole, over pages", async () => {
    const { number } = await forge.openPull(wanted);
    server.perPage = 2;
    server.reviews.push(...[1, 2, 3, 4, 5].map((id) => ({ id, who: `p${id}`, state: "APPROVED", commit: "a".repeat(40) })));
    expect((await forge.reviews(number)).map(({ who }) => who)).toEqual(["p1", "p2", "p3", "p4", "p5"]);
    await forge.writeComment(number, "one");
    const [comment] = await forge.comments(number);
    await forge.changeComment(comment?.id ?? 0, "two");
    expect(await forge.comments(number)).toMatchObject([{ body: "two" }]);
  });
});

describe("what goes wrong is said in our words", () => {
  test.each([
    ["a token that is not known", json(401, { message: "Bad credentials" }), "forge/unauthenticated", /does not know this token: Bad credentials/],
    ["one that may not", json(403, { message: "Resource not accessible by integration" }), "forge/forbidden", /not accessible/],
    ["nothing there", json(404, { message: "Not Found" }), "forge/not-found", /no such repository/],
    [
      "a refusal with escapes",
      json(422, { message: "no\u001b[31m\u202e", errors: [{ code: "invalid" }, 3] }),
      "forge/refused",
      /no«U\+001B»\[31m«U\+202E»: invalid/,
    ],
    ["no JSON", { status: 200, body: "<html>" }, "forge/bad-answer", /no JSON/],
    ["another shape", json(200, { number: "x" }), "forge/bad-answer", /cannot be read/],
    ["a page of a proxy", { status: 418, headers: { "content-type": "text/html" }, body: "<script>" }, "forge/refused", /answered 418/],
    ["a redirect elsewhere", { status: 301, headers: { location: "http://127.0.0.1:1/x" } }, "forge/redirected", /redirects are not followed/],
    ["an answer without end", "endless", "forge/bad-answer", /more than 262144 bytes/],
  ] as const)("%s", async (_what, answer, code, message) => {
    server.add(answer);
    await expect(forge.readPull(1)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(server.asked).toHaveLength(1);
  });

  test("a list that is none, and a next page elsewhere", async () => {
    server.add(json(200, { message: "hm" }));
    await expect(forge.reviews(1)).rejects.toMatchObject({ code: "forge/bad-answer" });
    server.add(json(200, [], { link: '<http://127.0.0.1:1/steal>; rel="next"' }));
    await expect(forge.reviews(1)).rejects.toMatchObject({ code: "forge/elsewhere" });
  });

  test("pages without end are refused, not cut", async () => {
    const page = json(200, [], { link: `<${server.url}/repos/acme/desk/pulls/1/reviews?page=2>; rel="next"` });
    server.add(...Array.from({ length: 31 }, () => page));
    await expect(forge.reviews(1)).rejects.toMatchObject({ code: "forge/too-many" });
  });
});

describe("trying again", () => {
  test("reading, after 5xx, a cut and a broken connection", async () => {
    const { number } = await forge.openPull(wanted);
    server.add(json(502, {}), "reset");
    expect(await forge.readPull(number)).toMatchObject({ number });
    server.add("cut");
    expect(await forge.readPull(number)).toMatchObject({ number });
  });

  test("writing only where the host says that it did nothing", async () => {
    server.add(json(502, { message: "Bad gateway" }));
    await expect(forge.openPull(wanted)).rejects.toMatchObject({ code: "forge/refused" });
    expect(server.asked).toHaveLength(1);
    server.add(json(403, { message: "You have exceeded a secondary rate limit" }, { "retry-after": "1" }));
    await forge.openPull(wanted);
    expect(server.asked).toHaveLength(3);
  });

  test("not where the limit of the hour is reached: it says until when", async () => {
    server.add(json(403, { message: "API rate limit exceeded" }, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "4102444800" }));
    await expect(forge.readPull(1)).rejects.toMatchObject({ code: "forge/rate-limited", message: expect.stringContaining("until 2100-01-01T00:00:00.000Z") });
  });

  test("silence ends by time", async () => {
    server.add("silence", "silence", "silence");
    await expect(forge.readPull(1)).rejects.toMatchObject({ code: "forge/timeout", exit: "timeout" });
  });
});

test("the token stands in no error", async () => {
  server.add(json(401, { message: "Bad credentials ghp_x" }));
  const thrown: unknown = await forge.readPull(1).catch((error: unknown) => error);
  expect(JSON.stringify([thrown, (thrown as Error).stack, (thrown as Error).cause])).not.toContain("ghp_test");
});
