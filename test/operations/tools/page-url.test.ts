import { expect, test } from "vitest";
import { pageUrl } from "../../../src/operations/tools/page-url.ts";

test.each([
  ["https://example.org/a?b=c#d", "example.org", 443, undefined],
  ["http://example.org", "example.org", 80, undefined],
  ["https://EXAMPLE.org:8443/", "example.org", 8443, undefined],
  ["http://127.0.0.1:9/", "127.0.0.1", 9, "127.0.0.1"],
  ["http://2130706433/", "127.0.0.1", 80, "127.0.0.1"],
  ["http://0x7f.1/", "127.0.0.1", 80, "127.0.0.1"],
  ["http://[::1]:8080/", "[::1]", 8080, "::1"],
  ["https://bücher.example/", "xn--bcher-kva.example", 443, undefined],
])("%s goes to %s, in the spelling that policy knows", (text, host, port, address) => {
  const found = pageUrl(text);
  expect(found).toMatchObject({ host, port, address });
  expect(found.url.hash).toBe("");
});

test.each([
  ["ftp://example.org/", /begins with ftp:/],
  ["file:///etc/passwd", /begins with file:/],
  ["javascript:alert(1)", /begins with javascript:/],
  ["https://user:pass@example.org/", /user name or password/],
  ["https://example.org.evil.example@example.org/", /user name or password/],
  ["https://example.org./", /ends with a dot/],
  ["https://exa mple.org/", /white space/],
  ["https://example.org/\u0000", /control/],
  ["https://example.org:0/", /port 0/],
  ["//example.org/", /is none/],
  [`https://example.org/${"a".repeat(3000)}`, /characters/],
])("%s is refused, with what it may be", (text, why) => {
  expect(() => pageUrl(text)).toThrow(
    expect.objectContaining({ code: "tool/bad-url", message: expect.stringMatching(why), hint: expect.stringContaining("https://") }),
  );
});
