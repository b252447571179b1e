import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeByTime, type Timed } from "../../src/telemetry/merge-by-time.ts";

interface Item {
  ts: string;
  source: number;
  n: number;
}

const time = (n: number): string => String(n).padStart(4, "0");

async function collect(sources: Timed<Item>[]): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of mergeByTime(sources)) items.push(item);
  return items;
}

test("all items in the order of time, each source in its own; only sources that overlap are open at once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.nat(500), { maxLength: 8 }), { maxLength: 12 }), async (lists) => {
      const sorted = lists.map((list) => list.toSorted((a, b) => a - b));
      const open = new Set<number>();
      let mostOpen = 0;
      const sources = sorted.map((list, source): Timed<Item> => {
        async function* items(): AsyncGenerator<Item> {
          open.add(source);
          mostOpen = Math.max(mostOpen, open.size);
          for (const [n, at] of list.entries()) yield await Promise.resolve({ ts: time(at), source, n });
          open.delete(source);
        }
        return { from: time(list[0] ?? 0), open: items };
      });
      const merged = await collect(sources);
      expect(merged.map(({ ts }) => ts)).toEqual(sorted.flat().map(time).toSorted());
      for (const [source, list] of sorted.entries()) expect(merged.filter((item) => item.source === source).map(({ n }) => n)).toEqual([...list.keys()]);
      const overlapping = Math.max(0, ...sorted.map(([from = 0]) => sorted.filter((list) => (list[0] ?? 0) <= from && (list.at(-1) ?? 0) >= from).length));
      expect(mostOpen).toBeLessThanOrEqual(overlapping + 1);
    }),
  );
});

test("a clock that went back does not turn a run around; who stops reading closes what is open", async () => {
  let closed = 0;
  const source = (name: number, times: number[]): Timed<Item> => {
    async function* items(): AsyncGenerator<Item> {
      try {
        for (const [n, at] of times.entries()) yield await Promise.resolve({ ts: time(at), source: name, n });
      } finally {
        closed += 1;
      }
    }
    return { from: time(times[0] ?? 0), open: items };
  };
  const merged = await collect([source(0, [5, 2, 9]), source(1, [6, 7])]);
  expect(merged.map(({ source: from, n }) => `${from}.${n}`)).toEqual(["0.0", "0.1", "1.0", "1.1", "0.2"]);
  closed = 0;
  for await (const item of mergeByTime([source(0, [1, 8]), source(1, [1, 8])])) if (item.n === 0) break;
  expect(closed).toBe(2);
});
