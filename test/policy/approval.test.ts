import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { actionDigest, isSame, neededFor, sameName, tally, type Needed, type Vote } from "../../src/policy/approval.ts";
import { riskClasses } from "../../src/policy/request.ts";
import { decided, order, toHost } from "../support/approvals.ts";

const one: Needed & { agent: string } = { effect: "approve", class: "R", modelMayCount: false, agent: "quant" };
const two: Needed & { agent: string } = { ...one, effect: "two-key", class: "W" };
const signed = (who: string, fingerprint = `SHA256:${who}`): Vote => ({ who, how: "signed", fingerprint, vote: "approve" });
const unsigned = (who: string): Vote => ({ who, how: "unsigned", vote: "approve" });
const model = (who = "local/critic"): Vote => ({ who, how: "model", vote: "approve" });

describe("what votes come to", () => {
  test.each<[string, Needed & { agent: string }, Vote[], string]>([
    ["nobody", one, [], "open"],
    ["one person is enough where one is asked for", one, [unsigned("ada")], "approved"],
    ["a model is no person", { ...one, modelMayCount: true }, [model()], "open"],
    ["a credential takes a key", { ...one, class: "C" }, [unsigned("ada")], "open"],
    ["a key for a credential", { ...one, class: "C" }, [signed("ada")], "approved"],
    ["two keys, one person", two, [signed("ada")], "open"],
    ["two people with two keys", two, [signed("ada"), signed("bob")], "approved"],
    ["the same person with two keys", two, [signed("ada", "SHA256:1"), signed("Ada ", "SHA256:2")], "open"],
    ["one key under two names", two, [signed("ada", "SHA256:1"), signed("bob", "SHA256:1")], "open"],
    ["two logins without keys", two, [unsigned("ada"), unsigned("bob")], "open"],
    ["a key and a login", two, [signed("ada"), unsigned("bob")], "open"],
    ["the agent itself, with a key", two, [signed("ada"), signed("quant")], "open"],
    ["a model where none may count", two, [signed("ada"), model()], "open"],
    ["a person and a model where one may count", { ...two, modelMayCount: true }, [signed("ada"), model()], "approved"],
    ["a login and a model", { ...two, modelMayCount: true }, [unsigned("ada"), model()], "open"],
    ["two models", { ...two, modelMayCount: true }, [model("a/b"), model("c/d")], "open"],
    ["an order is judged by people only", { ...two, class: "T", modelMayCount: true }, [signed("ada"), model()], "open"],
    ["a no ends it, whoever says it", two, [signed("ada"), signed("bob"), { ...model(), vote: "deny" }], "denied"],
    ["a login may say no to an order", { ...two, class: "T" }, [{ ...unsigned("eve"), vote: "deny" }], "denied"],
  ])("%s", (_what, needed, votes, state) => {
    expect(tally(needed, votes).state).toBe(state);
    expect(tally(needed, votes.toReversed()).state).toBe(state);
  });

  test("what is still needed is said", () => {
    expect(tally(one, []).needs).toBe("a person");
    expect(tally({ ...one, class: "T" }, []).needs).toBe("a person with a key");
    expect(tally(two, []).needs).toBe("two people with their keys");
    expect(tally(two, [signed("ada")]).needs).toBe("another person with a key");
    expect(tally({ ...two, modelMayCount: true }, [signed("ada")]).needs).toBe("another person with a key, or a model");
    expect(tally({ ...two, modelMayCount: true }, [model()]).needs).toBe("a person with a key");
  });

  test("whatever is voted, an approval has the people and keys that it needs", () => {
    const vote = fc.record({
      who: fc.constantFrom("ada", "Ada", "ADA ", "bob", "quant", "Quant", "a/b", "c/d"),
      how: fc.constantFrom("signed" as const, "unsigned" as const, "model" as const),
      fingerprint: fc.option(fc.constantFrom("SHA256:1", "SHA256:2", "SHA256:3"), { nil: undefined }),
      vote: fc.constantFrom("approve" as const, "approve" as const, "approve" as const, "deny" as const),
    });
    const needed = fc.record({
      effect: fc.constantFrom("approve" as const, "two-key" as const),
      class: fc.constantFrom(...riskClasses),
      modelMayCount: fc.boolean(),
      agent: fc.constant("quant"),
    });
    fc.assert(
      fc.property(needed, fc.array(vote, { maxLength: 8 }), (need, votes) => {
        const { state, counted } = tally(need, votes);
        if (votes.some((each) => each.vote === "deny")) expect(state).toBe("denied");
        if (state !== "approved") return;
        const people = counted.filter(({ how }) => how !== "model");
        expect(counted.some(({ who }) => sameName(who, "quant"))).toBe(false);
        expect(counted.some((each, index) => counted.some((other, at) => at < index && isSame(each, other)))).toBe(false);
        expect(people.length).toBeGreaterThanOrEqual(1);
        const strict = need.effect === "two-key" || need.class === "C" || need.class === "T";
        if (strict) expect(people.every(({ how, fingerprint }) => how === "signed" && fingerprint !== undefined)).toBe(true);
        if (need.effect === "two-key" && people.length < 2)
          expect([need.modelMayCount, need.class === "C" || need.class === "T", counted.length]).toEqual([true, false, 2]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what decisions ask for", () => {
  test("the strictest effect and the riskiest class of a call", () => {
    expect(neededFor([decided("allow", { action: "tool.call" }), toHost])).toEqual({ effect: "approve", class: "R", modelMayCount: false });
    expect(neededFor([toHost, order])).toEqual({ effect: "two-key", class: "T", modelMayCount: false });
    expect(neededFor([toHost], "N")?.class).toBe("N");
    expect(neededFor([])).toEqual({ effect: "approve", class: "R", modelMayCount: false });
    expect(neededFor([toHost, decided("deny", { action: "file.read" })])).toBeUndefined();
  });

  test("a model may count only where every rule says so, and never near credentials, orders and policies", () => {
    const may = decided("two-key", { action: "file.write", class: "W", path: "docs/a.md" }, { modelMayCount: true });
    const mayNot = decided("two-key", { action: "file.write", class: "W", path: "docs/b.md" });
    const policies = decided("two-key", { action: "file.write", class: "W", path: "Policies/signers" }, { modelMayCount: true });
    const trade = decided("two-key", { action: "order.place", class: "T" }, { modelMayCount: true });
    expect(
      [[may], [may, toHost], [may, mayNot], [may, policies], [may, trade], [may, decided("allow", { action: "file.write", path: "policies" })]].map(
        (all) => neededFor(all)?.modelMayCount,
      ),
    ).toEqual([true, true, false, false, false, false]);
  });
});

describe("the digest of an action", () => {
  const action = {
    root: "r-1",
    key: "s1.1.1",
    kind: "action" as const,
    agent: "quant",
    tool: "web_fetch",
    args: { url: "https://a.b/" },
    requests: [toHost.request],
    needs: { effect: "approve" as const, modelMayCount: false },
  };

  test("differs when anything does, and not with the order of names", () => {
    const changed = [
      { ...action, root: "r-2" },
      { ...action, key: "s1.1.2" },
      { ...action, kind: "outcome" as const },
      { ...action, agent: "code" },
      { ...action, tool: "shell" },
      { ...action, args: { url: "https://a.b/ " } },
      { ...action, question: "may I?" },
      { ...action, requests: [{ ...toHost.request, port: 80 }] },
      { ...action, requests: [] },
      { ...action, needs: { effect: "two-key" as const, modelMayCount: false } },
      { ...action, needs: { effect: "approve" as const, modelMayCount: true } },
    ];
    expect(new Set([action, ...changed].map(actionDigest)).size).toBe(changed.length + 1);
    expect(actionDigest({ ...action, args: { b: 1, a: 2 } })).toBe(actionDigest({ ...action, args: { a: 2, b: 1 } }));
  });
});
