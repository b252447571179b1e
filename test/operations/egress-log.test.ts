import fc from "fast-check";
import { expect, test } from "vitest";
import { EgressLog, type NetRequest } from "../../src/operations/egress-log.ts";

function heard(lines: readonly object[], cut?: number): { log: EgressLog; requests: NetRequest[] } {
  const requests: NetRequest[] = [];
  const log = new EgressLog((request) => requests.push(request));
  const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  for (let at = 0; at < bytes.length; at += cut ?? bytes.length) log.hear(bytes.subarray(at, at + (cut ?? bytes.length)));
  return { log, requests };
}
const open = { t: "open", id: 1, at: 0, method: "GET", host: "ä.test", port: 80, bytesUp: 0, bytesDown: 0 };
const end = { ...open, t: "end", outcome: "passed", status: 200, bytesDown: 7, durationMs: 3 };

test("a request is told when it ends, whatever pieces its line comes in", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), (cut) => {
      const { requests } = heard([{ t: "listening", address: "172.20.0.2", port: 3128 }, open, end], cut);
      expect(requests).toEqual([
        { at: "1970-01-01T00:00:00.000Z", outcome: "passed", method: "GET", host: "ä.test", port: 80, status: 200, bytesUp: 0, bytesDown: 7, durationMs: 3 },
      ]);
    }),
  );
});

test("who closes waits until everything before is told; one that never ended was cut", async () => {
  const { log, requests } = heard([open]);
  let told = false;
  const waiting = log.toldUntil(100).then(() => (told = true));
  log.hear(Buffer.from('{"t":"tick","at":200}\n'));
  await Promise.resolve();
  expect(told).toBe(false);
  log.hear(Buffer.from(`${JSON.stringify({ ...end, id: 1 })}\n{"t":"tick","at":99}\n{"t":"tick","at":100}\n`));
  await waiting;
  log.hear(Buffer.from(`${JSON.stringify({ ...open, id: 2 })}\n`));
  log.over("killed");
  await log.toldUntil(500);
  expect(requests.map(({ outcome }) => outcome)).toEqual(["passed", "cut"]);
  expect(await log.ready).toEqual({ listening: false, why: "killed" });
});

test("lines that are none are left out, and members that do not fit too", () => {
  const { log, requests } = heard([]);
  log.hear(Buffer.from('nonsense\n[1]\nnull\n{"t":"end","id":"1"}\n{"t":"end","id":3,"port":"80","status":-1,"host":5,"bytesUp":1e99,"outcome":"odd"}\n'));
  expect(requests).toEqual([{ at: "1970-01-01T00:00:00.000Z", outcome: "failed", bytesUp: 0, bytesDown: 0 }]);
});
