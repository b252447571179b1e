import { posix, win32 } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { badHost, badPath, refuse } from "../../src/policy/refusal.ts";
import type { ActionRequest } from "../../src/policy/request.ts";
import { person } from "../support/policies.ts";

describe("paths with more than one spelling are refused", () => {
  test.each([
    ["/etc/passwd", "is absolute"],
    ["C:/x", "is absolute"],
    ["c:x", "is absolute"],
    ["..", "leads upwards (..)"],
    ["a/../../b", "leads upwards (..)"],
    ["a/./b", "is not normalised"],
    ["./a", "is not normalised"],
    ["a//b", "is not normalised"],
    ["a/", "is not normalised"],
    ["a\\b", "holds a backslash"],
    ["..\\a", "holds a backslash"],
    ["a\0b", "holds a NUL"],
    ["a\nb", "holds a control character"],
    ["a\u0085b", "holds a control character"],
    [".g\u200cit/config", "holds an invisible character"],
    ["a\u202eb", "holds an invisible character"],
    ["e\u0301", "is not in Unicode normal form C"],
    ["a\ud800", "holds a lone surrogate"],
    ["x".repeat(256), "has a segment of more than 255 characters"],
  ])("%j %s", (path, expected) => {
    expect(badPath(path)).toBe(expected);
  });

  test.each(["a", ".", ".env", "a/b.c", "...", "a/..b", "é", "a b/c", "~", "ab:c", "😀.md"])("%j is a path", (path) => {
    expect(badPath(path)).toBeUndefined();
  });

  test("no path that passes names a place outside, however it is joined", () => {
    const segment = fc.oneof(fc.constantFrom("..", ".", "", "a", ".git", "a\\b", "..a", "C:"), fc.string({ maxLength: 4 }));
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
        const path = segments.join("/");
        if (badPath(path) !== undefined) return;
        expect(`${posix.resolve("/work/main", path)}/`.startsWith("/work/main/")).toBe(true);
        expect(`${win32.resolve("W:\\main", path)}\\`.startsWith("W:\\main\\")).toBe(true);
        expect(path.split(/[/\\]/)).not.toContain("..");
      }),
    );
  });
});

describe("hosts with more than one spelling are refused", () => {
  test.each([
    ["example.com.", "ends with a dot"],
    ["0x7f.1", "is another spelling of 127.0.0.1"],
    ["2130706433", "is another spelling of 127.0.0.1"],
    ["127.1", "is another spelling of 127.0.0.1"],
    ["0177.0.0.1", "is another spelling of 127.0.0.1"],
    ["[0:0:0:0:0:0:0:1]", "is another spelling of [::1]"],
    ["exämple.com", "is no host name (write other scripts as xn--…, IPv6 in brackets)"],
    ["example.com:80", "is no host name (write other scripts as xn--…, IPv6 in brackets)"],
    ["user@example.com", "is no host name (write other scripts as xn--…, IPv6 in brackets)"],
    ["example.com/x", "is no host name (write other scripts as xn--…, IPv6 in brackets)"],
    ["ex%61mple.com", "is no host name (write other scripts as xn--…, IPv6 in brackets)"],
    [".example.com", "is no host name"],
    ["a..b", "is no host name"],
    ["256.1.1.1", "is no host name"],
  ])("%s %s", (host, expected) => {
    expect(badHost(host)).toBe(expected);
  });

  test.each(["example.com", "EXAMPLE.com", "a_b.example.com", "127.0.0.1", "[::1]", "localhost", "xn--exmple-cua.com"])("%s is a host", (host) => {
    expect(badHost(host)).toBeUndefined();
  });
});

describe("malformed requests", () => {
  const base: ActionRequest = { action: "query.run", class: "R", actor: person };
  test.each<[string, unknown, string]>([
    ["nothing", undefined, "malformed request: the document must be object, found nothing"],
    ["a text", "query.run", 'malformed request: the document must be object, found "query.run"'],
    ["no actor", { action: "query.run", class: "R" }, 'malformed request: the document lacks the key "actor"'],
    ["an unknown class", { ...base, class: "Q" }, 'malformed request: "class" is "Q"; allowed: R, W, B, N, C, T'],
    ["an unknown key", { ...base, hots: "x" }, 'malformed request: unknown key "hots" in the document'],
    ["a level of 9", { ...base, actor: { kind: "agent", name: "a", level: 9 } }, 'malformed request: "actor.level" must be <= 4, found 9'],
    ["an agent without level", { ...base, actor: { kind: "agent", name: "a" } }, "malformed request: agent a has no autonomy level"],
    ["a port of NaN", { ...base, port: Number.NaN }, 'malformed request: "port" must be integer, found null'],
    ["a skill that is not named", { ...base, action: "skill.run" }, "malformed request: skill.run needs a skill"],
    ["an unknown action", { ...base, action: "skil.run" }, 'unknown action "skil.run"'],
    ["an inherited action", { ...base, action: "constructor" }, 'unknown action "constructor"'],
    ["a name with an escape", { ...base, tool: "sh\u001b[2J" }, "malformed request"],
  ])("%s", (_what, request, expected) => {
    expect(refuse(request as ActionRequest)?.reason).toMatch(new RegExp(`^${RegExp.escape(expected)}`));
  });

  test("members inherited from a prototype do not count", () => {
    expect(refuse(Object.create(base) as ActionRequest)?.rule).toBe("base/bad-request");
  });
});
