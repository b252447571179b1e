/** Metrics as Prometheus reads them: text exposition format 0.0.4. */

export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** How often a duration was at most each of the family's bounds; the last count, of +Inf, is that of all. */
export interface Distribution {
  labels: Readonly<Record<string, string>>;
  /** Cumulative, one more than there are bounds. */
  counts: readonly number[];
  sum: number;
}

export type Family =
  | { name: string; help: string; type: "counter" | "gauge"; samples: readonly Sample[] }
  | { name: string; help: string; type: "histogram"; bounds: readonly number[]; samples: readonly Distribution[] };

/** Characters of the value of a label; what is longer is cut. */
const labelMax = 100;

/** The families as text, in the order given; one without samples is left out. Ends with a line feed. */
export function exposition(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .flatMap((family) => [`# HELP ${family.name} ${helpText(family.help)}`, `# TYPE ${family.name} ${family.type}`, ...sampleLines(family)])
    .map((line) => `${line}\n`)
    .join("");
}

function sampleLines(family: Family): string[] {
  if (family.type !== "histogram") return family.samples.map(({ labels, value }) => `${family.name}${labelText(labels)} ${numberText(value)}`);
  const bounds = [...family.bounds.map(numberText), "+Inf"];
  return family.samples.flatMap(({ labels, counts, sum }) => [
    ...bounds.map((le, index) => `${family.name}_bucket${labelText({ ...labels, le })} ${numberText(counts[index] ?? 0)}`),
    `${family.name}_sum${labelText(labels)} ${numberText(sum)}`,
    `${family.name}_count${labelText(labels)} ${numberText(counts.at(-1) ?? 0)}`,
  ]);
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value.slice(0, labelMax).toWellFormed()).replaceAll('"', String.raw`\"`)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function helpText(text: string): string {
  return escaped(text.toWellFormed());
}

function escaped(text: string): string {
  return text.replaceAll("\\", String.raw`\\`).replaceAll("\n", String.raw`\n`);
}

function numberText(value: number): string {
  return Number.isNaN(value) ? "NaN" : value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);
}

/** What a value beyond the bound is counted as. */
const otherValue = "other";

/**
 * The samples with at most `valuesMax` values of each label, in the order in which they come: what comes later counts as `other`. Given in the order in
 * which names were first seen, a name keeps its series for ever, so that counters never go back.
 */
export function boundLabels<S extends Sample | Distribution>(samples: readonly S[], valuesMax: number): S[] {
  const known = new Map<string, Set<string>>();
  const summed = new Map<string, S>();
  for (const sample of samples) {
    const labels = Object.fromEntries(
      Object.entries(sample.labels).map(([name, value]) => [name, boundValue(known, name, value.slice(0, labelMax), valuesMax)]),
    );
    const key = JSON.stringify(labels);
    const before = summed.get(key);
    summed.set(key, before === undefined ? { ...sample, labels } : addSample(before, sample));
  }
  return [...summed.values()];
}

function boundValue(known: Map<string, Set<string>>, label: string, value: string, valuesMax: number): string {
  const values = known.get(label) ?? new Set<string>();
  known.set(label, values);
  if (values.has(value)) return value;
  if (values.size >= valuesMax) return otherValue;
  values.add(value);
  return value;
}

function addSample<S extends Sample | Distribution>(a: S, b: S): S {
  if ("value" in a && "value" in b) return { ...a, value: a.value + b.value };
  if ("counts" in a && "counts" in b) return { ...a, counts: a.counts.map((count, index) => count + (b.counts[index] ?? 0)), sum: a.sum + b.sum };
  return a;
}
