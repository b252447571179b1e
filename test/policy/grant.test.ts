import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { covers, grantScopes, scopeFor, type GrantTerms } from "../../src/policy/grant.ts";
import { riskClasses, type ActionRequest } from "../../src/policy/request.ts";
import { toHost } from "../support/approvals.ts";

const { request } = toHost;
const grant: GrantTerms = { agent: "quant", action: "net.connect", scope: { class: "R", host: "data.example.org", port: 443 } };
const digest = "e".repeat(64);

describe("what a grant covers", () => {
  test.each<[string, GrantTerms, ActionRequest, boolean]>([
    ["the request that it is about", grant, request, true],
    ["another tool of the same agent, which the scope does not name", grant, { ...request, tool: "shell" }, true],
    ["another host", grant, { ...request, host: "evil.example.org" }, false],
    ["another port", grant, { ...request, port: 80 }, false],
    ["no port", grant, { ...request, port: undefined }, false],
    ["another agent", grant, { ...request, actor: { kind: "agent", name: "code", level: 3 } }, false],
    ["a person of the agent's name", grant, { ...request, actor: { kind: "person", name: "quant" } }, false],
    ["another action", grant, { ...request, action: "file.read", path: "a" }, false],
    ["another class", grant, { ...request, class: "N" }, false],
    ["an order", { ...grant, scope: { ...grant.scope, class: "T" } }, { ...request, class: "T" }, false],
    ["a scope that names nothing", { ...grant, scope: { class: "R" } }, request, false],
    ["a host pattern", { ...grant, scope: { class: "R", host: "*.example.org" } }, request, true],
    ["a pattern that cannot be read", { ...grant, scope: { class: "R", host: "[" } }, request, false],
    ["a skill without its digest", { agent: "quant", action: "skill.run", scope: { class: "W", skill: "s" } }, skillRequest(digest), false],
    ["a skill as it was", { agent: "quant", action: "skill.run", scope: { class: "W", skill: "s", skillDigest: digest } }, skillRequest(digest), true],
    [
      "a skill that was changed",
      { agent: "quant", action: "skill.run", scope: { class: "W", skill: "s", skillDigest: digest } },
      skillRequest("f".repeat(64)),
      false,
    ],
  ])("%s", (_what, terms, asked, expected) => {
    expect(covers(terms, asked)).toBe(expected);
  });

  test("nothing below policies/, whatever the pattern", () => {
    const write = (path: string): ActionRequest => ({ action: "file.write", class: "W", actor: request.actor, path });
    const all: GrantTerms = { agent: "quant", action: "file.write", scope: { class: "W", path: "**" } };
    expect(
      ["docs/a.md", "policies/signers", "Policies/x/policy.yaml", "policies", ".git/config", "agentctl.yaml"].map((path) => covers(all, write(path))),
    ).toEqual([true, false, false, false, false, false]);
  });
});

function skillRequest(of: string): ActionRequest {
  return { action: "skill.run", class: "W", actor: request.actor, skill: { name: "s", trust: "own", committed: true, digest: of } };
}

describe("the scope of a word", () => {
  test("is exact, and a path's is its folder", () => {
    expect(scopeFor("host", request)).toEqual({ class: "R", host: "data.example.org", port: 443 });
    expect(scopeFor("path", request)).toBeUndefined();
    const write: ActionRequest = { action: "file.write", class: "W", actor: request.actor, path: "docs/deep/a.md" };
    expect(scopeFor("path", write)).toEqual({ class: "W", path: "docs/deep/**" });
    expect(scopeFor("path", { ...write, path: "a.md" })).toEqual({ class: "W", path: "a.md" });
    expect(scopeFor("skill", skillRequest(digest))).toEqual({ class: "W", skill: "s", skillDigest: digest });
    // A file name that is a pattern would grant more than it shows.
    expect(["docs/{a,b}/c", "*", "do*/x", "policies/x/y", "../x"].map((path) => scopeFor("path", { ...write, path }))).toEqual(
      Array.from({ length: 5 }, () => undefined),
    );
    expect(scopeFor("host", { ...request, class: "C" })).toBeUndefined();
  });

  test("always covers the request that it was made from, and none of another class", () => {
    const facts = fc.record({
      path: fc.option(fc.string({ maxLength: 12 }), { nil: undefined }),
      host: fc.option(fc.constantFrom("a.b", "[::1]", "A.b", "x"), { nil: undefined }),
      tool: fc.option(fc.constantFrom("shell", "web_fetch"), { nil: undefined }),
      class: fc.constantFrom(...riskClasses),
    });
    fc.assert(
      fc.property(facts, fc.constantFrom(...grantScopes), fc.constantFrom(...riskClasses), (some, name, other) => {
        const asked: ActionRequest = { action: "tool.call", actor: request.actor, ...some };
        const scope = scopeFor(name, asked);
        if (scope === undefined) return;
        expect(covers({ agent: "quant", action: "tool.call", scope }, asked)).toBe(true);
        expect(covers({ agent: "quant", action: "tool.call", scope }, { ...asked, class: other })).toBe(other === asked.class);
        expect(["C", "T"]).not.toContain(asked.class);
      }),
    );
  });
});
