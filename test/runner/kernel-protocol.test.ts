import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { describeDeath, RunningCell } from "../../src/runner/kernel-cell.ts";
import { KernelOutput } from "../../src/runner/kernel-output.ts";
import { displayMimes, readBridgeLine, type BridgeMessage } from "../../src/runner/kernel-protocol.ts";

const kinds = ["ready", "text", "data", "result", "error", "done", "died"];
const text = fc.string({ unit: "binary", maxLength: 40 });
const field = fc.oneof(fc.anything(), text, fc.boolean(), fc.integer({ min: -300, max: 300 }));
/** What looks like a message, with anything in its fields. */
const forged = fc
  .record({
    t: fc.constantFrom(...kinds, "rm"),
    id: fc.oneof(fc.integer({ min: 1, max: 3 }), field),
    name: fc.oneof(fc.constantFrom("stdout", "stderr"), field),
    text: field,
    mime: fc.oneof(fc.constantFrom(...displayMimes), field),
    data: field,
    value: field,
    traceback: field,
    ok: field,
    truncated: field,
    code: field,
    memory: field,
  })
  .map((value) => {
    try {
      return JSON.stringify(value);
    } catch {
      return "{}";
    }
  });

describe("a bridge's lines", () => {
  it.each([
    ['{"t":"ready"}', { t: "ready" }],
    ['{"t":"text","id":1,"name":"stderr","text":"a"}', { t: "text", id: 1, name: "stderr", text: "a" }],
    ['{"t":"data","id":1,"mime":"image/png","data":"AA=="}', { t: "data", id: 1, mime: "image/png", data: "AA==" }],
    ['{"t":"result","id":2,"text":"42"}', { t: "result", id: 2, text: "42" }],
    ['{"t":"error","id":1,"name":"E","value":"v","traceback":"t"}', { t: "error", id: 1, name: "E", value: "v", traceback: "t" }],
    ['{"t":"done","id":1,"ok":true,"truncated":false}', { t: "done", id: 1, ok: true, truncated: false }],
    ['{"t":"died","id":null,"code":-9,"memory":true}', { t: "died", id: undefined, code: -9, memory: true }],
    ['{"t":"died","id":1,"code":null}', { t: "died", id: 1, code: undefined, memory: false }],
  ])("reads %s", (line, message) => {
    expect(readBridgeLine(line)).toEqual(message);
  });

  it.each([
    ["", "[]", "null", "garbage", '{"t":"rm","id":1}', '{"t":"text","id":0,"name":"stdout","text":"a"}', '{"t":"text","id":1,"name":"log","text":"a"}'],
    ['{"t":"data","id":1,"mime":"text/javascript","data":"x"}', '{"t":"data","id":1,"mime":"image/png","data":7}', '{"t":"died","id":"1"}'],
    ['{"t":"done","id":1,"ok":1,"truncated":false}', '{"t":"result","id":1.5,"text":"a"}', '{"t":"error","id":1,"name":"E","value":"v"}'],
  ])("takes none of %s", (...lines) => {
    expect(lines.map((line) => readBridgeLine(line))).toEqual(lines.map(() => undefined));
  });

  it("never throw, whatever they are, and what is kept of them stays within the budget", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(forged, fc.json(), text), { maxLength: 60 }), fc.integer({ min: 0, max: 200 }), (lines, bytesMax) => {
        const output = new KernelOutput(bytesMax);
        for (const message of lines.map((line) => readBridgeLine(line))) {
          if (message !== undefined && "id" in message && message.t !== "done" && message.t !== "died") output.hear(message);
        }
        const kept = [output.stdout, output.stderr, output.result ?? "", ...output.displays.map(({ data }) => data)].join("");
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(bytesMax + 4096);
        expect(kept.isWellFormed()).toBe(true);
        expect(output.displays.every(({ mime, data }) => mime !== "image/png" || /^[A-Za-z0-9+/]+=*$/.test(data))).toBe(true);
        // oxlint-disable-next-line no-control-regex
        expect(JSON.stringify(output.error ?? {})).not.toMatch(/\\u001b\[/);
      }),
      { numRuns: 500 },
    );
  });

  it("end in number: a million displays, or a million pieces without text, are not kept", () => {
    const output = new KernelOutput(100_000);
    for (let count = 0; count < 200_000; count += 1) output.hear({ t: "text", id: 1, name: "stdout", text: "" });
    for (let count = 0; count < 1000; count += 1) output.hear({ t: "data", id: 1, mime: "text/plain", data: "a" });
    expect(output.truncated).toBe(true);
    expect(output.displays.length).toBeLessThanOrEqual(64);
  });
});

describe("a cell that is stopped", () => {
  const grace = { interruptGraceMs: 100, restartGraceMs: 200 };
  const started = (): { cell: RunningCell; deeds: string[] } => {
    const deeds: string[] = [];
    const deed = (name: string) => async (): Promise<void> => void deeds.push(name);
    return { cell: new RunningCell(1, 1000, { interrupt: deed("interrupt"), restart: deed("restart"), end: deed("end") }, grace), deeds };
  };
  const done: BridgeMessage = { t: "done", id: 1, ok: false, truncated: false };

  it("is stopped no harder than it takes", () => {
    vi.useFakeTimers();
    try {
      const { cell, deeds } = started();
      cell.stop("timeout");
      cell.stop("interrupted");
      vi.advanceTimersByTime(99);
      expect(deeds).toEqual(["interrupt"]);
      cell.hear(done);
      vi.advanceTimersByTime(10_000);
      expect(deeds).toEqual(["interrupt"]);
      expect(cell.reply(1)).toMatchObject({ outcome: "timeout", truncated: false });
      expect(cell.reply(1)).not.toHaveProperty("stateLost");
      const deaf = started();
      deaf.cell.stop("interrupted");
      vi.advanceTimersByTime(300);
      expect(deaf.deeds).toEqual(["interrupt", "restart", "end"]);
      deaf.cell.lose("died", "its container ended (cancelled)");
      deaf.cell.hear(done);
      expect(deaf.cell.reply(1)).toMatchObject({ outcome: "interrupted", stateLost: expect.stringContaining("its container ended") });
    } finally {
      vi.useRealTimers();
    }
  });

  it("says in words how a kernel ended", () => {
    expect(describeDeath(3, false, 512)).toBe("the kernel ended by exit 3 and was started anew");
    expect(describeDeath(-9, false, 512)).toBe("the kernel ended by SIGKILL and was started anew");
    expect(describeDeath(-9, true, 512)).toContain("more memory than its 512 MiB");
  });
});
