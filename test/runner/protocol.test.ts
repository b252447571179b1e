import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Conversation } from "../../src/runner/conversation.ts";
import { judge } from "../../src/runner/outcome.ts";
import { encodeHeader, protocolLimits, RecordReader, recordLimits, type JobRecord } from "../../src/runner/protocol.ts";

const limits = { outputBytes: 1000, tarBytes: 2000 };
const ready = '{"t":"ready","v":1}\n';
const exit = '{"t":"exit","code":0,"signal":null,"why":"exit","oomKills":0}\n';

/** Reads a text in the chunks that the cuts make. */
function read(text: string | Buffer, cuts: readonly number[] = []): { records: JobRecord[]; fault: string | undefined } {
  const bytes = Buffer.from(text);
  const reader = new RecordReader(limits);
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  const records = [0, ...ends].flatMap((from, index) => reader.push(bytes.subarray(from, ends[index] ?? bytes.length)));
  return { records, fault: reader.fault };
}

/** Pieces of one kind that follow each other are one. */
function joined(records: readonly JobRecord[]): unknown[] {
  const whole: unknown[] = [];
  let last: { t: string; text: string } | undefined;
  for (const record of records) {
    if (!("data" in record)) whole.push(record);
    if (!("data" in record)) last = undefined;
    else if (last?.t === record.t) last.text += record.data.toString("latin1");
    else whole.push((last = { t: record.t, text: record.data.toString("latin1") }));
  }
  return whole;
}

describe("records", () => {
  it("reads a whole conversation", () => {
    const { records, fault } = read(
      `${ready}{"t":"out","n":3}\nabc{"t":"err","n":1}\n\n{"t":"tar","n":2}\n{}{"t":"refused","path":"a","why":"a link"}\n${exit}`,
    );
    expect(fault).toBeUndefined();
    expect(joined(records)).toEqual([
      { t: "ready" },
      { t: "out", text: "abc" },
      { t: "err", text: "\n" },
      { t: "tar", text: "{}" },
      { t: "refused", path: "a", why: "a link" },
      { t: "exit", code: 0, signal: undefined, why: "exit", oomKills: 0 },
    ]);
  });

  it("reads the same whatever the chunks", () => {
    const block = fc.record({ t: fc.constantFrom("out", "err", "tar"), data: fc.uint8Array({ minLength: 1, maxLength: 60 }) });
    fc.assert(
      fc.property(fc.array(block, { maxLength: 10 }), fc.array(fc.nat(), { maxLength: 30 }), (blocks, cuts) => {
        const bytes = Buffer.concat([
          Buffer.from(ready),
          ...blocks.flatMap(({ t, data }) => [Buffer.from(`{"t":"${t}","n":${data.length}}\n`), data]),
          Buffer.from(exit),
        ]);
        const whole = read(bytes);
        expect(whole.fault).toBeUndefined();
        expect(joined(read(bytes, cuts).records)).toEqual(joined(whole.records));
      }),
    );
  });

  it.each([
    ["text before the ready record", "hello\n", /not a JSON object/],
    ["a version it does not know", '{"t":"ready","v":2}\n', /version 2/],
    ["output before the ready record", '{"t":"out","n":1}\nx', /"out" stands in the wrong place/],
    ["a second ready record", `${ready}${ready}`, /"ready" stands in the wrong place/],
    ["an unknown kind", `${ready}{"t":"rm"}\n`, /unknown kind "rm"/],
    ["a list", `${ready}[]\n`, /not a JSON object/],
    ["a block of no bytes", `${ready}{"t":"out","n":0}\n`, /announces 0 bytes/],
    ["a block of negative bytes", `${ready}{"t":"out","n":-1}\n`, /announces -1 bytes/],
    ["a block of half a byte", `${ready}{"t":"out","n":0.5}\n`, /announces 0.5 bytes/],
    ["a block without length", `${ready}{"t":"out"}\n`, /announces nothing bytes/],
    ["a block of too many bytes", `${ready}{"t":"tar","n":${protocolLimits.blockBytes + 1}}\n`, /announces 1048577 bytes/],
    ["more output than allowed", `${ready}{"t":"out","n":600}\n${"x".repeat(600)}{"t":"err","n":401}\n`, /more than 1000 bytes of output/],
    ["more artifacts than allowed", `${ready}{"t":"tar","n":2001}\n`, /more than 2000 bytes of artifacts/],
    ["an endless line", `${ready}{"t":"${"x".repeat(9000)}`, /longer than 8192 bytes/],
    ["an end with code and signal", `${ready}{"t":"exit","code":0,"signal":9,"why":"exit"}\n`, /exactly one of code and signal/],
    ["an end without either", `${ready}{"t":"exit","code":null,"signal":null,"why":"exit"}\n`, /exactly one of code and signal/],
    ["an end with a code above 255", `${ready}{"t":"exit","code":256,"signal":null,"why":"exit"}\n`, /exactly one of code and signal/],
    ["an end for no reason", `${ready}{"t":"exit","code":0,"signal":null,"why":"fun"}\n`, /unknown reason "fun"/],
    ["a record after the last", `${ready}${exit}${exit}`, /follows the last one/],
    ["too many refusals", ready + '{"t":"refused","path":"a","why":"b"}\n'.repeat(257), /more than 256 refusals/],
  ])("finds %s", (_, text, fault) => {
    expect(read(text).fault).toMatch(fault);
    expect(read(text, [1, 5, 12, 30, 45]).fault).toMatch(fault);
  });

  it("bounds what it is told and takes control characters out", () => {
    const { records } = read(`${ready}${JSON.stringify({ t: "refused", path: `a\u001b[31m${"b".repeat(3000)}`, why: 7 })}\n`);
    expect(records[1]).toEqual({ t: "refused", path: `a\uFFFD[31m${"b".repeat(1024 - 6)}`, why: "" });
  });
});

describe("records of a live program", () => {
  const live = (text: string): { records: JobRecord[]; fault: string | undefined } => {
    const reader = new RecordReader({ outputBytes: Number.POSITIVE_INFINITY, tarBytes: 0, live: true });
    return { records: reader.push(Buffer.from(text)), fault: reader.fault };
  };
  const started = '{"t":"started"}\n';

  it("say when it runs, and what it has taken", () => {
    expect(live(`${ready}${started}{"t":"took","n":7}\n{"t":"out","n":1}\nx${exit}`)).toEqual({
      records: [{ t: "ready" }, { t: "started" }, { t: "took", bytes: 7 }, { t: "out", data: Buffer.from("x") }, expect.objectContaining({ t: "exit" })],
      fault: undefined,
    });
  });

  it.each([
    ["that it runs, twice", `${ready}${started}${started}`, /"started" stands in the wrong place/],
    ["what it took, before it runs", `${ready}{"t":"took","n":7}\n`, /"took" stands in the wrong place/],
    ["that it took more than can be on its way", `${ready}${started}{"t":"took","n":262145}\n`, /262145 bytes were taken/],
    ["that it gives artifacts", `${ready}${started}{"t":"tar","n":1}\n`, /more than 0 bytes of artifacts/],
  ])("may not say %s", (_, text, fault) => {
    expect(live(text).fault).toMatch(fault);
  });

  it("are a fault of any other program", () => {
    expect(read(`${ready}${started}`).fault).toMatch(/"started" stands in the wrong place/);
    expect(read(`${ready}{"t":"took","n":1}\n`).fault).toMatch(/"took" stands in the wrong place/);
  });
});

describe("hostile bytes", () => {
  const line = fc.oneof(
    fc.json().map((text) => `${text}\n`),
    fc
      .record({ t: fc.constantFrom("ready", "out", "err", "tar", "refused", "exit", "fail"), n: fc.anything(), code: fc.anything(), why: fc.anything() })
      .map((value) => {
        try {
          return `${JSON.stringify(value)}\n`;
        } catch {
          return "{}\n";
        }
      }),
    fc.string(),
  );

  it("never throw, never get past a cap, and end as crashed", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(line, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 8 }), (polite, lines, cuts) => {
        const { records, fault } = read((polite ? ready : "") + lines.join(""), cuts);
        const bytes = (...kinds: string[]): number =>
          records.reduce((sum, record) => sum + ("data" in record && kinds.includes(record.t) ? record.data.length : 0), 0);
        expect(bytes("out", "err")).toBeLessThanOrEqual(limits.outputBytes);
        expect(bytes("tar")).toBeLessThanOrEqual(limits.tarBytes);
        if (fault === undefined) return;
        const facts = { cancelled: false, killedForTime: false, record: undefined, waitCode: 137, oomKilled: false };
        expect(judge({ ...facts, fault })).toMatchObject({ outcome: "crashed", detail: fault });
      }),
      { numRuns: 500 },
    );
  });

  it("hold in a conversation, through the engine's framing", () => {
    const frame = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.uint8Array({ maxLength: 80 })).map(([channel, data]) => {
      const head = Buffer.alloc(8);
      head.writeUInt8(channel, 0);
      head.writeUInt32BE(data.length, 4);
      return Buffer.concat([head, data]);
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 10 }), fc.integer({ min: 1, max: 40 }), (frames, step) => {
        const conversation = new Conversation();
        conversation.expect(limits);
        const bytes = Buffer.concat(frames);
        for (let at = 0; at < bytes.length; at += step) conversation.hear(bytes.subarray(at, at + step));
        expect(conversation.stdout.length + conversation.stderr.length).toBeLessThanOrEqual(limits.outputBytes);
      }),
    );
  });
});

it("a slot that speaks before its job is known has a fault", () => {
  const conversation = new Conversation();
  const text = Buffer.from(`${ready}{"t":"out","n":1}\nx`);
  const head = Buffer.alloc(8);
  head.writeUInt8(1, 0);
  head.writeUInt32BE(text.length, 4);
  conversation.hear(Buffer.concat([head, text]));
  expect(conversation.fault).toBe("more than 0 bytes of output");
});

it("a header is one line", () => {
  const header = encodeHeader({
    command: ["bash", "-c", "echo 'a\nb'"],
    cwd: "/work",
    env: { A: "x\ny" },
    timeoutMs: 1,
    outputBytes: 2,
    tarBytes: 3,
    stdinBytes: 4,
    artifactBytes: 5,
    artifactCount: 6,
  });
  expect(header.indexOf("\n")).toBe(header.length - 1);
  expect(JSON.parse(header.toString())).toMatchObject({ command: ["bash", "-c", "echo 'a\nb'"], env: { A: "x\ny" } });
});

it("leaves room for as many artifacts as are allowed, as tar", () => {
  expect(recordLimits({ outputBytes: 5, diskMiB: 1 })).toEqual({ outputBytes: 5, tarBytes: 1048576 + 200 * 8192 + 4096 });
});
