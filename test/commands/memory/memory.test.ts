import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cli } from "../../support/cli.ts";
import { embeddingServer, note, type EmbeddingServer } from "../../support/memory.ts";
import { shipped } from "../../support/skills.ts";
import { workspace, type TestWorkspace } from "../../support/workspace.ts";

const notes = {
  "memory/README.md": "# memory\n",
  "memory/lessons/costs.md": note("Commission eats small edges", "What a strategy pays on every trade adds up.", { tags: "costs, gate", date: "2026-11-02" }),
  "memory/lessons/luck.md": note("Many variants find luck", "The best of many trials is mostly luck.", { tags: "gate" }),
  "memory/incidents/gap.md": note("A hole in the feed", "Bars were missing for a day.", { kind: "incident", lines: "severity: high\nstatus: open\n" }),
  "memory/projects/atlas.md": note("Atlas", "Maps of all markets.", { kind: "project", lines: "status: open\n" }),
};

interface Listed {
  entries: { id: string }[];
  findings: { rule: string; file: string; line: number }[];
  uncommitted: string[];
}
interface Found {
  run: string | null;
  by: string;
  notices: string[];
  entries: { id: string; snippet: string }[];
}
const ids = (answer: unknown): string[] => (answer as Listed).entries.map(({ id }) => id);

describe("entries of the commit", () => {
  let ws: TestWorkspace;
  beforeAll(() => {
    ws = workspace({ "agentctl.yaml": "profile: small\n", ...notes });
  });

  test("are listed by kind and tag, shown, and found by their words, best first", async () => {
    const all = await cli(ws.dir, ["memory"]);
    expect(all.stdout).toMatch(/lessons\/costs +2026-11-02 +Commission eats small edges +costs,gate/);
    expect(all.stdout).toMatch(/incidents\/gap +2026-11-01 +high open +A hole/);
    expect(ids((await cli(ws.dir, ["memory", "--kind", "lesson", "--tag", "costs", "--json"])).json())).toEqual(["lessons/costs"]);
    expect((await cli(ws.dir, ["memory", "show", "lessons/luck"])).stdout).toMatch(/source +r-test[^]*\nThe best of many trials is mostly luck\.\n$/);
    const found = await cli(ws.dir, ["memory", "search", "the best trial", "of:", '"luck"', "--json"]);
    expect(found.json()).toMatchObject({
      run: null,
      by: "words",
      entries: [{ id: "lessons/luck", snippet: expect.stringContaining("mostly luck") as string }],
    });
    expect((found.json() as Found).notices.join()).toContain("memory.embeddings names no model");
    expect((await cli(ws.dir, ["memory", "search", "missing", "--kind", "lesson"])).stderr).toContain("nothing found");
    const wrong = await cli(ws.dir, ["memory", "show", "lessons/cost"], { expectExit: 2 });
    expect(wrong.stderr).toMatch(/did you mean lessons\/costs\?/);
    expect(statSync(join(ws.dir, ".git/agentctl/memory.db")).mode & 0o777).toBe(0o600);
  });

  test("a draft is written well-formed and counts when it is committed; nothing is overwritten and no secret goes in", async () => {
    const added = await cli(ws.dir, ["memory", "add", "lesson", "Slippage: twice the spread", "--tag", "costs", "--text", "-"], {
      stdin: "Measured in r-1.\n",
    });
    expect(added.stdout).toBe("memory/lessons/slippage-twice-the-spread.md\n");
    expect(added.stderr).toContain("git add memory/lessons/slippage-twice-the-spread.md");
    const again = await cli(ws.dir, ["memory", "add", "lesson", "Slippage: twice the spread", "--text", "More."]);
    expect(again.stdout).toBe("memory/lessons/slippage-twice-the-spread-2.md\n");
    expect((await cli(ws.dir, ["memory", "check"])).stdout).toMatch(/has the same title/);
    const listed = (await cli(ws.dir, ["memory", "--json"])).json() as Listed;
    expect(listed.uncommitted).toHaveLength(2);
    expect((await cli(ws.dir, ["memory", "search", "slippage"])).stdout).toBe("");
    ws.commit();
    expect((await cli(ws.dir, ["memory", "search", "slippage"])).stdout).toContain("lessons/slippage-twice-the-spread");
    const secret = { env: { EXCHANGE_API_KEY: "q7Zk29fLw8sXv31p" } };
    await cli(ws.dir, ["memory", "add", "lesson", "Keys", "--text", "It is q7Zk29fLw8sXv31p"], { ...secret, expectExit: 2 });
    await cli(ws.dir, ["memory", "add", "lesson", "Two\nlines", "--text", "x"], { expectExit: 2 });
    await cli(ws.dir, ["memory", "add", "lesson", "Hidden", "--text", "a\u202eb"], { expectExit: 2 });
    await cli(ws.dir, ["memory", "add", "lesson", "A lesson has no status", "--status", "open", "--text", "x"], { expectExit: 2 });
  });

  test("what is broken does not count, is named with its line, and hides nothing on the terminal", async () => {
    const bad = workspace({
      "agentctl.yaml": "profile: small\n",
      ...notes,
      "memory/lessons/broken.md": "---\nkind: lesson\ntitle: [x\n---\n\nbody zebra\n",
      "memory/lessons/Upper.md": note("Upper", "zebra"),
      "memory/lessons/bidi.md": note("Turned", "zebra \u202e text"),
      "memory/lessons/escape.md": note("Escape", "zebra \u001b[31mred\u001b[0m and \u001b]0;title\u0007"),
      "memory/incidents/lost.md": note("A lesson among incidents", "zebra"),
    });
    bad.git("update-index", "--add", "--cacheinfo", `120000,${bad.git("hash-object", "-w", "agentctl.yaml")},memory/lessons/link.md`);
    bad.git("commit", "-q", "-m", "link");
    const listed = (await cli(bad.dir, ["memory", "--json"])).json() as Listed;
    expect(ids(listed).toSorted()).toEqual(["incidents/gap", "lessons/costs", "lessons/luck", "projects/atlas"]);
    expect(listed.findings.map(({ file }) => file).toSorted()).toEqual(
      ["incidents/lost", "lessons/Upper", "lessons/bidi", "lessons/broken", "lessons/escape", "lessons/link"].map((id) => `memory/${id}.md`),
    );
    expect((await cli(bad.dir, ["memory", "search", "zebra", "--json"])).json()).toMatchObject({ entries: [] });
    const checked = await cli(bad.dir, ["memory", "check"], { expectExit: 6 });
    expect(checked.stdout).toMatch(/memory\/lessons\/broken\.md:\d+/);
    expect(checked.stdout).toMatch(/memory\/lessons\/bidi\.md:9:\d+/);
    expect(["\u001b", "\u202e"].filter((hidden) => checked.stdout.includes(hidden))).toEqual([]);
  });
});

describe("with a model that makes vectors", () => {
  let server: EmbeddingServer;
  let ws: TestWorkspace;
  const config = (url: string): string =>
    `profile: small\nmemory: { embeddings: near/embed }\nmodels:\n  providers:\n    near: { kind: openai, baseUrl: "${url}" }\n  prices: { near/embed: { inputUsd: 1, outputUsd: 0 } }\n`;
  beforeAll(async () => {
    server = await embeddingServer();
    ws = workspace({ "agentctl.yaml": config(server.url), ...shipped("policies"), ...notes });
  });
  afterAll(() => server.close());
  beforeEach(() => Object.assign(server, { asked: [], fault: undefined }));
  const search = async (...words: string[]): Promise<Found> => (await cli(ws.dir, ["memory", "search", ...words, "--json"])).json() as Found;

  test("meaning finds what no word does; only what changed is sent again; each call is decided, paid and on record", async () => {
    const built = await cli(ws.dir, ["memory", "build", "--json"]);
    expect(built.json()).toMatchObject({ entries: 4, model: "near/embed", vectors: 4, without: 0, tokens: 40, costUsd: 0.00004 });
    const found = await search("expensive fees");
    expect(found.by).toBe("words and vectors");
    expect(found.entries[0]?.id).toBe("lessons/costs");
    expect(server.asked.slice(1)).toEqual([["expensive fees"]]);
    const events = await cli(ws.dir, ["run", "events", String(found.run)]);
    expect(events.stdout).toMatch(/"action":"model\.call"[^\n]*"effect":"allow"|"effect":"allow"[^\n]*"action":"model\.call"/);
    expect(events.stdout).toMatch(/budget\.reserved[^]*budget\.settled/);
    ws.write({ "memory/lessons/late.md": note("Late news", "A gap in the data.") });
    ws.commit();
    await search("hole");
    expect(server.asked.slice(2)).toEqual([["Late news\n\nA gap in the data."], ["hole"]]);
  });

  test("an endpoint that is down, lies or is refused costs the vectors, never the answer, and says so", async () => {
    for (const fault of [{ status: 401 }, { body: '{"data":7}' }] as const) {
      server.fault = fault;
      const found = await search("commission");
      expect(found).toMatchObject({ by: "words", entries: [{ id: "lessons/costs" }] });
      expect(found.notices.join()).toMatch(/searched by words only: .+/);
    }
    const denied = {
      "policies/none/README.md": "# none\n",
      "policies/none/cases.yaml": "- name: a\n  request: { action: model.call, host: 127.0.0.1 }\n  effect: deny\n",
    };
    const rule =
      "name: none\ndescription: No model.\nrules:\n  - id: no-models\n    match: { action: model.call }\n    effect: deny\n    reason: none here\n    examples: { match: [{ action: model.call }] }\n";
    const closed = workspace({ "agentctl.yaml": config(server.url), ...shipped("policies"), ...notes, ...denied, "policies/none/policy.yaml": rule });
    server.asked = [];
    const found = (await cli(closed.dir, ["memory", "search", "commission", "--json"])).json() as Found;
    expect(found).toMatchObject({ by: "words", entries: [{ id: "lessons/costs" }] });
    expect(found.notices.join()).toMatch(/denied/);
    expect(server.asked).toEqual([]);
  });

  test("an edit that names another place to send notes to changes nothing before it is committed", async () => {
    const edited = workspace({ "agentctl.yaml": "profile: small\n", ...shipped("policies"), ...notes });
    edited.write({ "agentctl.yaml": config(server.url) });
    const found = (await cli(edited.dir, ["memory", "search", "commission", "--json"])).json() as Found;
    expect(found).toMatchObject({ by: "words", entries: [{ id: "lessons/costs" }] });
    expect(found.notices.join()).toMatch(/is not in|not in [0-9a-f]{10}/);
    expect(server.asked).toEqual([]);
  });
});
