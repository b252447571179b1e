import { expect, test } from "vitest";
import { compareCases, compareRecorded } from "../../src/policy/compare.ts";
import { readPolicies } from "../../src/policy/read-policies.ts";
import type { ActionRequest } from "../../src/policy/request.ts";
import { person, policyFiles, policySet } from "../support/policies.ts";

const open = (effect: string): string => `- { id: net, match: { action: net.connect, host: "*.example.com" }, effect: ${effect}, reason: because }\n`;
const cases =
  "- { name: the api, request: { action: net.connect, host: api.example.com }, effect: allow }\n- { name: elsewhere, request: { action: net.connect, host: b.org }, effect: deny }\n";
const before = policySet(...policyFiles("a", open("allow"), cases));
const after = policySet(...policyFiles("a", open("approve"), cases));
const connect = (host: string): ActionRequest => ({ action: "net.connect", class: "R", actor: person, host });

test("which cases change", () => {
  expect(compareCases(before, before)).toEqual([]);
  expect(compareCases(before, after)).toEqual([
    {
      from: "allow",
      to: "approve",
      action: "net.connect",
      about: "api.example.com",
      reason: "because",
      rules: ["a/net"],
      case: "a: the api",
      file: "policies/a/cases.yaml",
      line: 1,
    },
  ]);
});

test("cases that were deleted still speak", () => {
  const without = policySet(...policyFiles("a", open("approve"), "- { name: other, request: { action: query.run }, effect: deny }\n"));
  expect(compareCases(before, without).map((change) => change.case)).toEqual(["a: the api"]);
});

test("which recorded decisions change, grouped, most frequent first", () => {
  const recorded = [
    { run: "r-1", request: connect("b.example.com") },
    { run: "r-1", request: connect("api.example.com") },
    { run: "r-2", request: connect("api.example.com") },
    { run: "r-2", request: connect("api.example.com") },
    { run: "r-3", request: connect("b.org") },
    { run: "r-4", request: { broken: true } as unknown as ActionRequest },
  ];
  const { replayed, changes } = compareRecorded(before, after, recorded);
  expect(replayed).toBe(6);
  expect(changes.map(({ from, to, about, count, runs }) => [from, to, about, count, runs])).toEqual([
    ["allow", "approve", "api.example.com", 3, ["r-1", "r-2"]],
    ["allow", "approve", "b.example.com", 1, ["r-1"]],
  ]);
});

test("a set that broke changes everything that was allowed", () => {
  const { set } = readPolicies(policyFiles("a", open("alow"), cases));
  expect(compareCases(before, set).map(({ from, to, rules }) => [from, to, rules])).toEqual([["allow", "deny", ["base/broken-policies"]]]);
});
