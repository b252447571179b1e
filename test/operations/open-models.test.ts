import { symlinkSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { ModelRequest } from "../../src/agent/model.ts";
import { openBudgets } from "../../src/ledger/budgets.ts";
import { armWhenNew, setHalt } from "../../src/ledger/halt.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { outsidePolicy } from "../../src/operations/halt-work.ts";
import { inRun, type OpenRun } from "../../src/operations/in-run.ts";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import { modelPurse, monthNow } from "../../src/operations/model-purse.ts";
import { modelSettings } from "../../src/operations/model-settings.ts";
import { openModels, type ModelsAsked } from "../../src/operations/open-models.ts";
import { createMask } from "../../src/trace/mask.ts";
import { loadConfig } from "../../src/workspace/config.ts";
import { ensureStateDir } from "../../src/workspace/find.ts";
import { modelServer, type ModelServer, type ServedReply } from "../support/model-server.ts";
import { policySet } from "../support/policies.ts";
import { recordsOf, shipped } from "../support/skills.ts";
import { folder, workspace, type TestWorkspace } from "../support/workspace.ts";

const say = (text: string): ServedReply => ({ say: text, usage: { input: 20, output: 10 } });
const request = (text = "hello"): ModelRequest => ({ role: "planner", model: "mine/a", messages: [{ role: "user", text }], tools: [], outputTokensMax: 100 });

async function served(script: Parameters<typeof modelServer>[0]): Promise<ModelServer> {
  const server = await modelServer(script);
  afterAll(() => server.close());
  return server;
}

function models(server: Pick<ModelServer, "url">, more = "", files: Record<string, string> = {}): TestWorkspace {
  const text = `models:\n  providers: { mine: { kind: openai, baseUrl: "${server.url}/v1", keyEnv: MINE_API_KEY } }\n  prices: { mine/*: { inputUsd: 1000, outputUsd: 1000 } }\n${more}`;
  return workspace({ "agentctl.yaml": text, ...shipped("policies"), ...files });
}

const env = { ...process.env, MINE_API_KEY: "a-key-of-mine" };

/** Work with models within a run of its own. */
async function within<T>(
  at: TestWorkspace,
  asked: Partial<ModelsAsked>,
  work: (opened: Awaited<ReturnType<typeof openModels>>, open: OpenRun) => Promise<T>,
): Promise<T> {
  const authority = await loadAuthority(at.dir, env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  return inRun({ stateDir, mask: createMask(env), started: outsidePolicy("test", "ana") }, async (open) => {
    const opened = await openModels({ authority, env, open, ...asked });
    return { outcome: "ok", result: await work(opened, open) };
  });
}

test("an agent asks as itself, with its level; its budgets bear it; one answer of policy about a host is recorded once, however often models are opened", async () => {
  const server = await served(() => say("yes"));
  const at = models(server);
  const agent = { name: "quant", level: 2 };
  const taken = await within(at, { agent, subagent: "s1" }, async ({ model }, open) => {
    const signal = open.stop;
    await model.ask(request(), { signal });
    await model.ask({ ...request(), role: "critic", model: "mine/b" }, { signal });
    const authority = await loadAuthority(at.dir, env);
    const other = await openModels({ authority, env, open, agent, subagent: "s2" });
    expect(await other.model.ask(request("again"), { signal })).toMatchObject({ ok: true, answer: { text: "yes", costUsd: 0.03, cached: false } });
    return openBudgets(open.ledger, authority.set.budgets).taken({ month: monthNow(), run: open.run, agent: "quant", subagent: "s2" });
  });
  expect(taken.find(({ budget }) => budget === "budgets/agent")).toMatchObject({ account: "agent quant", taken: { tokens: 90, costUsd: 0.09 } });
  const decisions = recordsOf(at.dir)[0]
    ?.filter(({ kind }) => kind === "decision.made")
    .map(({ data }) => data);
  expect(decisions).toMatchObject([
    {
      effect: "allow",
      rules: ["autonomy/agents-may-read"],
      request: { actor: { kind: "agent", name: "quant", level: 2 }, args: { model: "mine/a", role: "planner" } },
    },
  ]);
});

test("policy sees the model and the role: it may deny one and allow another at the same host", async () => {
  const server = await served(() => say("yes"));
  const rule = `name: models\ndescription: which models\nrules:\n  - id: no-judges\n    match: { action: model.call }\n    when: 'args.role == "critic"'\n    effect: deny\n    reason: no judge is asked here\n    examples: { match: [{ action: model.call, args: { role: critic } }] }\n`;
  const cases = "- name: c\n  request: { action: model.call, args: { role: critic } }\n  effect: deny\n";
  const at = models(server, "", { "policies/models/policy.yaml": rule, "policies/models/cases.yaml": cases });
  await within(at, {}, async ({ model }, { stop: signal }) => {
    // Both at once: each has its own role.
    const [planner, critic] = await Promise.all([model.ask(request(), { signal }), model.ask({ ...request(), role: "critic" }, { signal })]);
    expect(planner).toMatchObject({ ok: true });
    expect(critic).toMatchObject({ ok: false, outcome: "denied", why: expect.stringContaining("no judge is asked here") as string });
  });
  expect(server.requests).toHaveLength(1);
});

test("a halt breaks off a model that is silent, well within 2 s, and nothing is asked after it", async () => {
  const reached = Promise.withResolvers<void>();
  const server = await served(() => {
    reached.resolve();
    return { fault: { kind: "silence", headers: true } };
  });
  const at = models(server);
  let haltedMs = 0;
  const halted = within(at, {}, async ({ model }, { stateDir }) => {
    const asking = model.ask(request(), { signal: new AbortController().signal });
    await reached.promise;
    haltedMs = performance.now();
    setHalt(stateDir, { by: "ana", reason: "odd", atMs: 0 });
    return asking;
  });
  await expect(halted).rejects.toMatchObject({ code: "ledger/halted", exit: "halted" });
  expect(performance.now() - haltedMs).toBeLessThan(2_000);
  const [records = []] = recordsOf(at.dir);
  // What was set aside counts: nobody knows what the server took.
  expect(records.map(({ kind }) => kind)).toEqual(["run.started", "decision.made", "budget.reserved", "budget.settled", "run.finished"]);
  expect(records[3]?.data["amounts"]).toEqual(records[2]?.data["amounts"]);
  expect(server.requests).toHaveLength(1);
});

test("an answer that is kept costs nothing and asks nobody, and policy still has its say", async () => {
  const server = await served(() => say("yes"));
  await within(models(server, "  cacheTtlMs: 60000\n"), {}, async ({ model }, { stop: signal }) => {
    expect(await model.ask(request(), { signal })).toMatchObject({ ok: true, answer: { cached: false, costUsd: 0.03 } });
    expect(await model.ask(request(), { signal })).toMatchObject({ ok: true, answer: { cached: true, costUsd: 0, text: "yes" } });
  });
  expect(server.requests).toHaveLength(1);
});

test("ten at once take no more than the run may spend; the alert is told once", async () => {
  const server = await served(() => say("yes"));
  const policy = "name: budgets\ndescription: d\nbudgets:\n  - { id: run, scope: run, limits: { costUsd: 0.5 } }\n";
  const cases = "- { name: c, reserve: { ask: { costUsd: 1 } }, granted: false, limit: run }\n";
  const alerts: string[] = [];
  const at = models(server, "", { "policies/budgets/policy.yaml": policy, "policies/budgets/cases.yaml": cases });
  await within(at, { onAlert: (text) => alerts.push(text) }, async ({ model }, { stop: signal }) => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, index) => model.ask(request(`question ${index}`), { signal })));
    const refused = outcomes.filter((outcome) => !outcome.ok);
    // Each may cost more than a tenth of a dollar: not all of them fit at once, and some do.
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(10);
    expect(refused[0]).toMatchObject({ outcome: "budget", limit: "budgets/run" });
  });
  expect(alerts).toHaveLength(1);
  expect(alerts[0]).toMatch(/^budgets\/run: (8|9)\d % of 0\.5 costUsd for the run r-\w+ are taken or set aside$/);
});

test("a scripted model is read from the working tree and asks no network; a link that leads out of the workspace is refused", async () => {
  const scripted = "models:\n  providers: { words: { kind: scripted, file: models/words.yaml } }\n  tiers: { main: { models: [words/any] } }\n";
  const at = workspace({ "agentctl.yaml": scripted, ...shipped("policies") });
  at.write({ "models/words.yaml": "steps:\n  - { say: hello }\n" });
  await within(at, {}, async ({ model }, { stop: signal }) => {
    expect(await model.ask({ ...request(), model: "main" }, { signal })).toMatchObject({ ok: true, answer: { text: "hello", costUsd: 0, model: "words/any" } });
  });
  expect(recordsOf(at.dir)[0]?.map(({ kind }) => kind)).not.toContain("decision.made");
  const outside = folder();
  const linked = workspace({ "agentctl.yaml": scripted });
  symlinkSync(outside, join(linked.dir, "models"));
  expect(modelSettings(loadConfig(linked.dir, {}), {}).providers["words"]?.file).toBe(join(linked.dir, "models/words.yaml"));
  symlinkSync("/etc/hostname", join(outside, "words.yaml"));
  expect(() => modelSettings(loadConfig(linked.dir, {}), {})).toThrowError(expect.objectContaining({ code: "workspace/model-outside", exit: "usage" }));
});

test("whatever is set aside and settled, and in whatever order: what counts never passes the limit, and the record adds up to the books", async () => {
  const limit = 1;
  const text = `name: money\ndescription: d\nbudgets:\n  - { id: month, scope: month, limits: { costUsd: ${limit} }, rateUsd: 10 }\n`;
  const set = policySet(
    { path: "policies/money/policy.yaml", text },
    { path: "policies/money/cases.yaml", text: "- { name: c, reserve: { ask: { costUsd: 0 } }, granted: true }\n" },
  );
  const call = fc.record({
    tokens: fc.integer({ min: 1, max: 40_000 }),
    cents: fc.integer({ min: 0, max: 60 }),
    priceKnown: fc.boolean(),
    used: fc.integer({ min: 0, max: 100 }),
    wait: fc.integer({ min: 0, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 12 }), async (calls) => {
      const ledger = openLedger(folder());
      const records: { kind: string; data: { reservation: string; granted?: boolean; amounts: { costUsd?: number } } }[] = [];
      const recorder = {
        run: "r-1",
        append: async (kind: string, data: object) => void records.push({ kind, data: data as never }),
      } as unknown as OpenRun["recorder"];
      const purse = modelPurse({ open: { run: "r-1", ledger, recorder }, budgets: set.budgets });
      const counted = (): number => openBudgets(ledger, set.budgets).taken({ month: monthNow(), run: "r-1" })[0]?.taken.costUsd ?? 0;
      await Promise.all(
        calls.map(async ({ tokens, cents, priceKnown, used, wait }) => {
          const reserved = await purse.reserve({ model: "m/x", tokens, costUsd: priceKnown ? cents / 100 : 0, priceKnown });
          expect(counted()).toBeLessThanOrEqual(limit);
          if (!reserved.granted) return;
          expect(reserved.costRateUsd).toBe(priceKnown ? undefined : 10);
          for (let turn = 0; turn < wait; turn += 1) await Promise.resolve();
          const most = priceKnown ? cents / 100 : (tokens * 10) / 1e6;
          await purse.settle(reserved.reservation, { tokens, costUsd: (most * used) / 100 });
          expect(counted()).toBeLessThanOrEqual(limit);
        }),
      );
      const settled = records.filter(({ kind }) => kind === "budget.settled");
      expect(settled).toHaveLength(records.filter(({ kind, data }) => kind === "budget.reserved" && data.granted === true).length);
      // Each is counted in millionths, rounded up.
      const sum = settled.reduce((total, { data }) => total + (data.amounts.costUsd ?? 0), 0);
      expect(Math.abs(counted() - sum)).toBeLessThanOrEqual(settled.length * 1e-6 + 1e-9);
      ledger.close();
    }),
    { numRuns: 25 },
  );
});
