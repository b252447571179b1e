import { expect, test } from "vitest";
import { graph } from "../../src/page/graph.ts";
import { picture } from "../../src/page/picture.ts";
import { spanChart } from "../../src/page/span-chart.ts";

function png(width: number, height: number): Uint8Array {
  const bytes = Buffer.alloc(40);
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]).copy(bytes);
  bytes.write("IHDR", 12);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc0, 0, 11, 8, 0, 30, 0, 40, 1, 1, 0x11, 0]);

test("a picture is what begins as a PNG or JPEG does and has a size that a browser can unpack, whatever its name", () => {
  expect(picture("a.txt", png(40, 30))?.html).toMatch(/src="data:image\/png;base64,[\w+/=]+"\s+width="40"\s+height="30"/);
  expect(picture("a.jpg", jpeg)?.html).toMatch(/src="data:image\/jpeg;base64,[\w+/=]+"\s+width="40"\s+height="30"/);
  const others = [png(60_000, 60_000), png(0, 3), png(4, 4).subarray(0, 20), jpeg.subarray(0, 9), Buffer.from("<svg onload=alert(1)>"), Buffer.from("GIF89a")];
  for (const bytes of [...others, Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xe0, 0, 0])]) expect(picture("a.png", bytes)).toBeUndefined();
});

test("ten thousand calls are a small picture, and a call behind a pause stands behind it", () => {
  const spans = Array.from({ length: 10_000 }, (_, n) => ({ fromMs: n * 10, toMs: n * 10 + 9, kind: "tool" as const, title: `call ${n}` }));
  const chart = { title: "t", about: "a", lanes: [{ name: "s1", spans }], pauses: [], lengthMs: 100_000, format: String };
  expect(spanChart(chart).html.length).toBeLessThan(20_000);
  const two = [0, 50].map((fromMs) => ({ fromMs, toMs: fromMs + 50, kind: "tool" as const, title: "" }));
  const { html } = spanChart({ ...chart, lanes: [{ name: "s1", spans: two }], pauses: [{ atMs: 50, label: "3 h" }], lengthMs: 100 });
  const [first, second] = [...html.matchAll(/class="span tool"\s+x="([\d.]+)"[^>]*width="([\d.]+)"/g)].map(([, x, width]) => [Number(x), Number(width)]);
  expect((second?.[0] ?? 0) - ((first?.[0] ?? 0) + (first?.[1] ?? 0))).toBeCloseTo(30, 0);
});

test("a plan too large for a picture, or with nothing to show, has none; one in a circle ends", () => {
  const node = (id: string, after: string[]) => ({ id, after, state: "ok", tone: "up" as const });
  expect(graph("p", [node("a", [])])).toBeUndefined();
  expect(
    graph(
      "p",
      Array.from({ length: 41 }, (_, n) => node(`s${n}`, [])),
    ),
  ).toBeUndefined();
  expect(graph("p", [node("a", ["b"]), node("b", ["a"])])?.html).toContain("a after b: ok");
});
