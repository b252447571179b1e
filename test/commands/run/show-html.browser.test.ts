import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, crc32 } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventData, EventKind } from "../../../src/event/events.ts";
import { writeBlob } from "../../../src/trace/blobs.ts";
import { recordedAgentRun } from "../../support/agent-record.ts";
import { axe, describeBrowser, openBrowser, openPage } from "../../support/browser.ts";
import { cli } from "../../support/cli.ts";
import { recordState, started, type RecordState } from "../../support/record.ts";
import { workspace } from "../../support/workspace.ts";

const hostile = `</pre></details><script>document.title='owned'</script><img src=https://example.com/x onerror=alert(1)>"' onmouseover=alert(2)`;
const hidden = "\u202Eright to left\u001B[31m red \u0000 null";

function world(): { dir: string; state: RecordState } {
  const dir = workspace({}).dir;
  return { dir, state: recordState({ stateDir: join(dir, ".git", "agentctl") }) };
}

/** A whole picture of 2 × 2 pixels. */
function png(): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.from([0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0]);
  const rows = deflateSync(Buffer.concat([0, 1].map(() => Buffer.from([0, 200, 30, 30, 30, 30, 200]))));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", rows),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** A run in which everything that others write is hostile: through the real journal, in two parts. */
async function hostileRun({ state }: { state: RecordState }): Promise<string> {
  const root = "r-hostile1";
  const text = `${hostile}\n${hidden}\n${"long ".repeat(200_000)}`;
  let journal = state.begin(root);
  const add = async <K extends EventKind>(kind: K, data: EventData[K]): Promise<void> => void (await journal.append(kind, data));
  await add("run.started", { ...started, command: `run start ${hostile}` });
  const limits = { iterations: 20, tokens: 100_000, costUsd: 1, wallMs: 600_000, outputTokens: 2_000 };
  const agent = { root, objective: text, agent: "quant", agentDigest: "a1".repeat(32), level: 2, tools: ["shell"], toolsDigest: "b2".repeat(32), limits };
  await add("agent.started", { ...agent, part: 1 });
  const subtasks = [
    { id: "s1", objective: text, after: [] },
    { id: "s2", objective: hidden, after: [] },
    { id: "s3", objective: "join", after: ["s1", "s2"] },
  ];
  await add("plan.made", { subtasks });
  for (const subtask of ["s1", "s2"]) {
    await add("subtask.started", { subtask, objective: text });
    const key = `${subtask}.1`;
    await add("model.asked", { key, subtask, role: "coder", digest: "c3".repeat(32), messages: [{ role: "user", text }], outputTokensMax: 2_000 });
    const usage = { inputTokens: 1_000, outputTokens: 100 };
    const toolCalls = [{ id: "1", name: "shell", args: { command: [hostile] } }];
    await add("model.answered", { key, outcome: "ok", text, toolCalls, usage, costUsd: 0.01, model: hostile, attempts: [], durationMs: 900 });
    const request = { action: "tool.call", class: "W", actor: { kind: "agent", name: hostile }, tool: hostile };
    await add("decision.made", { id: `d-${subtask}`, effect: "deny", rules: ["agents/shell"], reason: hostile, policy: started.policy, request });
    await add("tool.asked", { key: `${key}.1`, subtask, tool: "shell", class: "W", args: { command: text }, decisions: [`d-${subtask}`] });
    const artifacts = [
      { path: `plots/${hostile}.png`, ...writeBlob(state.stateDir, png()) },
      { path: "fake.png", ...writeBlob(state.stateDir, `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(3)"/>`) },
      { path: "drawn.svg", ...writeBlob(state.stateDir, `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(4)"><script>alert(5)</script></svg>`) },
      { path: "notes.md", ...writeBlob(state.stateDir, hostile) },
    ];
    await add("tool.finished", { key: `${key}.1`, tool: "shell", outcome: "failed", text, artifacts, durationMs: 40 });
  }
  const net = { key: "s1.1.1", at: "2026-11-21T12:00:00.000Z", outcome: "refused", bytesUp: 10, bytesDown: 20 } as const;
  await add("net.requested", { ...net, method: "GET", host: hostile, port: 80, path: `/${hostile}`, why: hidden });
  await add("lane.claimed", { root, lane: "untrusted", why: hostile });
  await add("approval.asked", {
    approval: "a-hostile1",
    key: "s3.1.1",
    kind: "question",
    effect: "two-key",
    digest: "d4".repeat(32),
    expires: "2999-01-01T00:00:00.000Z",
  });
  await add("run.finished", { outcome: "waiting", durationMs: 9_000 });
  journal.close();
  journal = state.begin(`${root}-2`);
  await add("run.started", started);
  await add("agent.started", { ...agent, part: 2 });
  await add("answer.judged", { key: "s3.1", subtask: "s3", by: "critic", accepted: false, why: hostile });
  await add("agent.finished", { root, outcome: "ok", answer: text, iterations: 2, toolCalls: 2, tokens: 2_200, costUsd: 0.02 });
  await add("run.finished", { outcome: "ok", durationMs: 100 });
  journal.close();
  return root;
}

test("run show --html: the path on stdout, a page of ours is written anew, anything else is left alone, and a run without an agent has one too", async () => {
  const { dir, state } = world();
  const { root } = await recordedAgentRun(state);
  await state.whole("r-plain1");
  state.ledger.close();
  const path = join(dir, `${root}.html`);
  expect((await cli(dir, ["run", "show", root, "--html"])).stdout).toBe(`${path}\n`);
  const first = readFileSync(path, "utf8");
  const shown = (await cli(dir, ["run", "show", root, "--html", "--json"])).json() as { run: string; page: object };
  expect(shown).toMatchObject({ run: root, page: { path, bytes: Buffer.byteLength(first) } });
  for (const words of ["The worst drawdown was 33.9 % [s1.1.1].", "scratch/drawdown.py", "a-agent1", "says the same", "openai/gpt-small", "drawdown.png"]) {
    expect(first).toContain(words);
  }
  writeFileSync(join(dir, "mine.html"), "mine");
  expect((await cli(dir, ["run", "show", root, "--html", "--out", "mine.html"], { expectExit: 2 })).stderr).toContain("mine.html is there and is not a report");
  expect(readFileSync(join(dir, "mine.html"), "utf8")).toBe("mine");
  await cli(dir, ["run", "show", root, "--out", "x.html"], { expectExit: 2 });
  const plain = join(dir, "plain.html");
  await cli(dir, ["run", "show", "r-plain1", "--html", "--out", plain]);
  expect(readFileSync(plain, "utf8")).toContain("skill run market-stats");
});

describeBrowser("the page of a run in a browser", () => {
  let browser: Browser;
  let file: string;
  beforeAll(async () => {
    browser = await openBrowser();
    const made = world();
    const root = await hostileRun(made);
    made.state.ledger.close();
    file = join(made.dir, `${root}.html`);
    await cli(made.dir, ["run", "show", root, "--html"]);
  });
  afterAll(() => browser.close());

  test("what agents, models, tools and files say is text: nothing runs, nothing is asked for, and a megabyte of it stays small", async () => {
    expect(statSync(file).size).toBeLessThan(1_000_000);
    const text = readFileSync(file, "utf8");
    // oxlint-disable-next-line no-control-regex
    expect(/[\u0000-\u0008\u001B\u202E]/.test(text)).toBe(false);
    const { page, requests, complaints } = await openPage(browser, file);
    expect([requests.filter((url) => !url.startsWith("data:image/png;base64,")), complaints]).toEqual([[], []]);
    expect(await page.title()).toContain("<script>");
    expect(await page.locator("script, iframe, link, object, embed, form, [onmouseover], [onload], [onerror]").count()).toBe(0);
    // Pictures are those whose bytes are pictures.
    const pictures = page.locator("img");
    expect(await pictures.evaluateAll((found) => found.map((image) => image.getAttribute("src")?.slice(0, 22)))).toEqual(["data:image/png;base64,"]);
    expect(await pictures.evaluateAll((found) => found.every((image) => (image as unknown as { naturalWidth: number }).naturalWidth === 2))).toBe(true);
    const sections = await page.locator("section h2").allTextContents();
    expect(sections).toEqual([
      "Answer",
      "What happened when",
      "Plan",
      "What people were asked",
      "What it made",
      "Calls of models",
      "Calls of tools",
      "Decisions of policy",
      "What left the machine",
      "Sidecar and lane",
      "Can this be believed?",
      "The record",
    ]);
    expect(await page.locator("svg.spans.wide .span").count()).toBe(4);
    expect(await page.locator("svg.spans.wide rect.pause").count()).toBe(1);
    expect(await page.locator("svg.graph.wide .node").count()).toBe(3);
    await page.context().close();
  });

  test.each([
    ["light", 1280, false],
    ["dark", 1280, true],
    ["narrow", 360, false],
  ])("%s: nothing is out of reach, also with everything unfolded", async (_name, widthPx, dark) => {
    const { page } = await openPage(browser, file, { widthPx, dark });
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(await axe(page)).toEqual([]);
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await page.context().close();
  });

  test("the keyboard alone reaches and unfolds every call", async () => {
    const { page } = await openPage(browser, file);
    const stops = await page.locator("summary, [tabindex='0'], a").count();
    const seen = new Set<string>();
    for (let stop = 0; stop < stops; stop++) {
      await page.keyboard.press("Tab");
      seen.add(String(await page.evaluate("document.activeElement.tagName")));
      if ((await page.evaluate("document.activeElement.tagName")) === "SUMMARY") await page.keyboard.press("Enter");
    }
    expect([...seen].toSorted()).toEqual(["A", "DIV", "SUMMARY"]);
    expect(await page.locator("details:not([open])").count()).toBe(0);
    await page.context().close();
  });
});
