import fc from "fast-check";
import { expect, test } from "vitest";
import { boundLabels, exposition, type Distribution, type Sample } from "../../src/telemetry/exposition.ts";
import { parseExposition } from "../support/exposition.ts";

test("families as Prometheus reads them; one without samples is left out", () => {
  const text = exposition([
    { name: "agentctl_halted", help: "Whether work is halted.", type: "gauge", samples: [{ labels: {}, value: 0 }] },
    { name: "agentctl_none_total", help: "Nothing.", type: "counter", samples: [] },
    {
      name: "agentctl_wait_seconds",
      help: 'Back\\slash\nand "quotes".',
      type: "histogram",
      bounds: [0.5, 10],
      samples: [{ labels: { tool: 'a"b\\c\nd' }, counts: [1, 2, 3], sum: 12.5 }],
    },
  ]);
  expect(text).toBe(`# HELP agentctl_halted Whether work is halted.
# TYPE agentctl_halted gauge
agentctl_halted 0
# HELP agentctl_wait_seconds Back\\\\slash\\nand "quotes".
# TYPE agentctl_wait_seconds histogram
agentctl_wait_seconds_bucket{tool="a\\"b\\\\c\\nd",le="0.5"} 1
agentctl_wait_seconds_bucket{tool="a\\"b\\\\c\\nd",le="10"} 2
agentctl_wait_seconds_bucket{tool="a\\"b\\\\c\\nd",le="+Inf"} 3
agentctl_wait_seconds_sum{tool="a\\"b\\\\c\\nd"} 12.5
agentctl_wait_seconds_count{tool="a\\"b\\\\c\\nd"} 3
`);
  expect(exposition([])).toBe("");
});

const labelText = fc.string({ unit: "binary", maxLength: 30 });
const value = fc.oneof(fc.double({ min: 0 }), fc.constantFrom(Infinity, Number.NaN, 0, 5e-324, 1e21));

test("whatever names and values are, a strict reader reads them back", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.record({ labels: fc.record({ tool: labelText, model: labelText }), value }), { selector: ({ labels }) => JSON.stringify(labels) }),
      labelText,
      (samples, help) => {
        const families = parseExposition(exposition([{ name: "agentctl_x_total", help, type: "counter", samples }]));
        expect(families.flatMap((family) => family.samples)).toEqual(
          samples.map((sample) => ({ name: "agentctl_x_total", labels: sample.labels, value: Object.is(sample.value, -0) ? 0 : sample.value })),
        );
        if (samples.length > 0) expect(families[0]).toMatchObject({ name: "agentctl_x_total", type: "counter", help });
      },
    ),
  );
});

test("the strict reader refuses what Prometheus refuses", () => {
  const wrong = [
    "agentctl_x 1",
    "# TYPE a_b counter\na_b 1\n# HELP a_b late\n",
    "# TYPE a counter\na 1\n# TYPE a counter\na 2\n",
    "# TYPE a counter\na 1\na 2\n",
    '# TYPE a counter\na{b="x} 1\n',
    '# TYPE a counter\na{b="\\x"} 1\n',
    "# TYPE a counter\na -1\n",
    '# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    '# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n',
    "# TYPE a counter\na one\n",
  ];
  for (const text of wrong) expect(() => parseExposition(text), text).toThrow(/^(no |two |twice|.+(after|outside|below|grow|cumulative|count|sum|end))/);
});

test("labels beyond the bound are other, and nothing is lost; the first ones keep their series", () => {
  const samples: Sample[] = [1, 2, 3, 4, 5].map((n) => ({ labels: { tool: `t${n}`, outcome: "ok" }, value: n }));
  expect(boundLabels(samples, 2)).toEqual([
    { labels: { tool: "t1", outcome: "ok" }, value: 1 },
    { labels: { tool: "t2", outcome: "ok" }, value: 2 },
    { labels: { tool: "other", outcome: "ok" }, value: 12 },
  ]);
  expect(boundLabels(samples.slice(0, 3), 2).slice(0, 2)).toEqual(boundLabels(samples, 2).slice(0, 2));
  const durations: Distribution[] = ["a", "b", "c"].map((tool) => ({ labels: { tool }, counts: [1, 2], sum: 3 }));
  expect(boundLabels(durations, 1)).toEqual([
    { labels: { tool: "a" }, counts: [1, 2], sum: 3 },
    { labels: { tool: "other" }, counts: [2, 4], sum: 6 },
  ]);
});

test("a name that is too long is cut to one series, not to two with the same name", () => {
  const samples = ["x", "y"].map((end) => ({ labels: { tool: `${"a".repeat(200)}${end}` }, value: 1 }));
  expect(boundLabels(samples, 100)).toEqual([{ labels: { tool: "a".repeat(100) }, value: 2 }]);
});
