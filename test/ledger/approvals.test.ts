import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findApproval, listApprovals, votesOf } from "../../src/ledger/approval-rows.ts";
import { askApproval, noteAsked, useApproval, voteApproval, type ApprovalAsk, type VoteAnswer, type VoteGiven } from "../../src/ledger/approvals.ts";
import { openLedger, type Ledger } from "../../src/ledger/ledger.ts";
import { isSame, sameName } from "../../src/policy/approval.ts";
import { riskClasses } from "../../src/policy/request.ts";
import { folder } from "../support/workspace.ts";

const state = (): string => join(folder(), "state");
const startMs = Date.UTC(2026, 10, 28, 12);
const ask: ApprovalAsk = {
  run: "r-1",
  key: "s1.1.1",
  kind: "action",
  effect: "approve",
  class: "R",
  agent: "quant",
  digest: "a".repeat(64),
  what: "{}",
  modelMayCount: false,
  ttlMs: 1000,
  nowMs: startMs,
};

function vote(ledger: Ledger, approval: string, more: Partial<VoteGiven> = {}): VoteAnswer {
  const who = more.who ?? "ada";
  return voteApproval(ledger, {
    approval,
    digest: ask.digest,
    who,
    how: "signed",
    fingerprint: `SHA256:${who}`,
    vote: "approve",
    note: "",
    run: "r-9",
    statement: "s",
    signature: "x",
    nowMs: startMs,
    ...more,
  });
}

describe("asking", () => {
  test("the same call has the same approval, until it is used; another call under its key ends it", () => {
    const ledger = openLedger(state());
    const first = askApproval(ledger, ask);
    expect(first).toMatchObject({ state: "open", askedMs: startMs, expiresMs: startMs + 1000 });
    expect(first.head).toBeUndefined();
    expect(first.approval).toMatch(/^a-/);
    expect(askApproval(ledger, { ...ask, nowMs: startMs + 5, ttlMs: 9_000 })).toEqual(first);
    noteAsked(ledger, first.approval, { run: "r-1", seq: 3, hash: "h" });
    noteAsked(ledger, first.approval, { run: "r-1", seq: 4, hash: "later" });
    expect(askApproval(ledger, ask).head).toEqual({ run: "r-1", seq: 3, hash: "h" });
    expect(vote(ledger, first.approval)).toEqual({ accepted: true, state: "approved" });
    useApproval(ledger, { approval: first.approval, digest: ask.digest, nowMs: startMs });
    const again = askApproval(ledger, ask);
    expect(again.approval).not.toBe(first.approval);
    const other = askApproval(ledger, { ...ask, digest: "b".repeat(64) });
    expect(
      listApprovals(ledger, startMs)
        .map(({ approval, state }) => [approval, state])
        .toSorted(),
    ).toEqual(
      [
        [other.approval, "open"],
        [again.approval, "expired"],
        [first.approval, "used"],
      ].toSorted(),
    );
    // What a crash hid is asked beside it.
    const outcome = askApproval(ledger, { ...ask, kind: "outcome", digest: "c".repeat(64) });
    expect([outcome, findApproval(ledger, other.approval, startMs)].map((row) => row?.state)).toEqual(["open", "open"]);
  });
});

describe("voting", () => {
  test("two people with two keys; a no ends it, also after it was approved", () => {
    const ledger = openLedger(state());
    const { approval } = askApproval(ledger, { ...ask, effect: "two-key" });
    expect(vote(ledger, approval)).toEqual({ accepted: true, state: "open", needs: "another person with a key" });
    expect(vote(ledger, approval)).toEqual({ accepted: false, why: "twice", state: "open" });
    expect(vote(ledger, approval, { who: "eve", fingerprint: "SHA256:ada" })).toMatchObject({ accepted: false, why: "twice" });
    expect(vote(ledger, approval, { who: "bob", how: "unsigned", fingerprint: undefined })).toMatchObject({ accepted: false, why: "counts-not" });
    expect(vote(ledger, approval, { who: "quant" })).toMatchObject({ accepted: false, why: "counts-not" });
    expect(vote(ledger, approval, { who: "m/critic", how: "model", fingerprint: undefined })).toMatchObject({ accepted: false, why: "counts-not" });
    expect(vote(ledger, approval, { who: "bob", digest: "b".repeat(64) })).toMatchObject({ accepted: false, why: "other-action" });
    expect(vote(ledger, approval, { who: "bob" })).toMatchObject({ accepted: true, state: "approved" });
    expect(vote(ledger, approval, { who: "carl" })).toEqual({ accepted: false, why: "closed", state: "approved" });
    expect(vote(ledger, approval, { who: "ada", vote: "deny", note: "no" })).toMatchObject({ accepted: true, state: "denied" });
    expect(votesOf(ledger, approval).map(({ who, vote }) => [who, vote])).toEqual([
      ["ada", "deny"],
      ["bob", "approve"],
    ]);
    expect(useApproval(ledger, { approval, digest: ask.digest, nowMs: startMs })).toEqual({ state: "denied", by: ["ada"], note: "no" });
  });

  test("an approval that there is not", () => {
    expect(() => vote(openLedger(state()), "a-none")).toThrow(expect.objectContaining({ code: "ledger/no-approval" }));
  });
});

describe("using", () => {
  test("once, for that action, by whoever is first", () => {
    const ledger = openLedger(state());
    const { approval } = askApproval(ledger, ask);
    const use = (digest = ask.digest) => useApproval(ledger, { approval, digest, nowMs: startMs });
    expect(use()).toEqual({ state: "open", by: [], note: "" });
    vote(ledger, approval, { how: "unsigned", fingerprint: undefined, note: "go on" });
    expect(() => use("b".repeat(64))).toThrow(expect.objectContaining({ code: "ledger/other-action", exit: "denied" }));
    expect(use()).toEqual({ state: "approved", by: ["ada"], note: "go on" });
    expect(() => use()).toThrow(expect.objectContaining({ code: "ledger/approval-used", exit: "denied" }));
  });

  test("an approval that nobody used in time is a no, and a clock that is set back revives nothing", () => {
    const ledger = openLedger(state());
    const { approval } = askApproval(ledger, ask);
    const other = askApproval(ledger, { ...ask, key: "s1.1.2", digest: "b".repeat(64) }).approval;
    vote(ledger, approval);
    const use = (id: string, digest: string, nowMs: number) => useApproval(ledger, { approval: id, digest, nowMs }).state;
    expect(findApproval(ledger, approval, startMs + 999)?.state).toBe("approved");
    expect(findApproval(ledger, approval, startMs + 1000)?.state).toBe("expired");
    expect(use(approval, ask.digest, startMs + 1000)).toBe("expired");
    expect(use(approval, ask.digest, startMs)).toBe("expired");
    // The other one was not looked at while its time was over.
    expect(findApproval(ledger, other, startMs)?.state).toBe("expired");
    expect(vote(ledger, other, { digest: "b".repeat(64) })).toEqual({ accepted: false, why: "closed", state: "expired" });
    expect(use(other, "b".repeat(64), startMs - 10_000)).toBe("expired");
    // What is asked for now has its time from the highest one.
    expect(askApproval(ledger, { ...ask, key: "s2.1.1", nowMs: startMs - 10_000 })).toMatchObject({
      askedMs: startMs + 1000,
      expiresMs: startMs + 2000,
      state: "open",
    });
  });

  test("of eight processes that take one approval, one gets it", async () => {
    const stateDir = state();
    const ledger = openLedger(stateDir);
    const { approval } = askApproval(ledger, ask);
    vote(ledger, approval);
    const room = (name: string): string => pathToFileURL(join(import.meta.dirname, "../../src/ledger", name)).href;
    const script = `import { openLedger } from ${JSON.stringify(room("ledger.ts"))};
      import { useApproval } from ${JSON.stringify(room("approvals.ts"))};
      const ledger = openLedger(process.argv[1]);
      try { process.stdout.write(useApproval(ledger, { approval: ${JSON.stringify(approval)}, digest: ${JSON.stringify(ask.digest)}, nowMs: ${startMs} }).state); }
      catch (error) { process.stdout.write(error.code); }
      ledger.close();`;
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const child = spawn(process.execPath, ["--input-type=module", "-e", script, stateDir], { stdio: ["ignore", "pipe", "inherit"] });
        let said = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
        await new Promise((resolve) => child.once("close", resolve));
        return said;
      }),
    );
    expect(answers.toSorted()).toEqual(["approved", ...Array.from({ length: 7 }, () => "ledger/approval-used")]);
  });
});

type Step =
  | { do: "vote"; who: string; how: "signed" | "unsigned" | "model"; fingerprint: string | undefined; vote: "approve" | "deny"; right: boolean }
  | { do: "use"; right: boolean }
  | { do: "ask" }
  | { do: "time"; ms: number };

test("whatever happens in whatever order, what is used was agreed to by those who were needed, in its time, once", () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      do: fc.constant("vote" as const),
      who: fc.constantFrom("ada", "ADA", "bob", "eve", "quant", "m/a", "m/b"),
      how: fc.constantFrom("signed" as const, "signed" as const, "unsigned" as const, "model" as const),
      fingerprint: fc.constantFrom("SHA256:1", "SHA256:2", "SHA256:3", undefined),
      vote: fc.constantFrom("approve" as const, "approve" as const, "approve" as const, "approve" as const, "deny" as const),
      right: fc.constantFrom(true, true, true, false),
    }),
    fc.record({ do: fc.constant("use" as const), right: fc.constantFrom(true, true, false) }),
    fc.record({ do: fc.constant("ask" as const) }),
    fc.record({ do: fc.constant("time" as const), ms: fc.integer({ min: -2000, max: 600 }) }),
  );
  const needed = fc.record({
    effect: fc.constantFrom("approve" as const, "two-key" as const),
    class: fc.constantFrom(...riskClasses),
    modelMayCount: fc.boolean(),
  });
  const ledger = openLedger(state());
  let round = 0;
  fc.assert(
    fc.property(needed, fc.array(step, { minLength: 3, maxLength: 14 }), (need, steps) => {
      ledger.db.exec("DELETE FROM high_water");
      const asking = { ...ask, ...need, run: `r-${round++}` };
      let { approval } = askApproval(ledger, asking);
      const uses = new Map<string, number>();
      let [nowMs, highest] = [startMs, startMs];
      for (const each of steps) {
        if (each.do === "time") nowMs += each.ms;
        else if (each.do === "ask") ({ approval } = askApproval(ledger, { ...asking, nowMs }));
        else if (each.do === "vote") {
          vote(ledger, approval, { ...each, nowMs, digest: each.right ? ask.digest : "b".repeat(64) });
        } else {
          let answer: string;
          try {
            answer = useApproval(ledger, { approval, digest: each.right ? ask.digest : "b".repeat(64), nowMs }).state;
          } catch {
            continue;
          }
          if (answer !== "approved") continue;
          uses.set(approval, (uses.get(approval) ?? 0) + 1);
          expect(each.right).toBe(true);
          expect(uses.get(approval)).toBe(1);
          expect(Math.max(highest, nowMs)).toBeLessThan(findApproval(ledger, approval, 0)?.expiresMs ?? 0);
          const votes = votesOf(ledger, approval);
          expect(votes.every((given) => given.vote === "approve" && !sameName(given.who, "quant"))).toBe(true);
          expect(votes.some((given, index) => votes.some((other, at) => at < index && isSame(given, other)))).toBe(false);
          const people = votes.filter(({ how }) => how !== "model");
          const high = need.effect === "two-key" || need.class === "C" || need.class === "T";
          if (high) expect(people.every(({ how, fingerprint }) => how === "signed" && fingerprint !== undefined)).toBe(true);
          const model = votes.length - people.length;
          const enough =
            need.effect === "approve"
              ? people.length >= 1
              : people.length >= 2 || (people.length === 1 && model >= 1 && need.modelMayCount && !["C", "T"].includes(need.class));
          expect(enough).toBe(true);
        }
        highest = Math.max(highest, nowMs);
      }
    }),
    { numRuns: 150 },
  );
});
