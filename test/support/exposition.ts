/** A strict reader of Prometheus' text format 0.0.4, written against its grammar: what Prometheus refuses, or takes for something else, throws. */

export interface ReadFamily {
  name: string;
  type: string;
  help: string | undefined;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

const nameText = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const metric = new RegExp(`^(${nameText})(?:\\{(.*)\\})? (\\S+)$`);
const numeral = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?Inf|NaN)$/;

export function parseExposition(text: string): ReadFamily[] {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, ReadFamily>();
  const begun = new Set<string>();
  let current: ReadFamily | undefined;
  // Only \n ends a line.
  for (const line of text === "" ? [] : text.slice(0, -1).split("\n")) {
    const comment = new RegExp(`^# (HELP|TYPE) (${nameText})(?: (.*))?$`, "s").exec(line);
    if (line === "" || (line.startsWith("#") && comment === null)) continue;
    if (comment !== null) {
      const [, what, name = "", rest = ""] = comment;
      if (begun.has(name)) throw new Error(`${what} of ${name} comes after its samples`);
      current = families.get(name) ?? { name, type: "untyped", help: undefined, samples: [] };
      if (what === "TYPE" && current.type !== "untyped") throw new Error(`two types of ${name}`);
      if (what === "TYPE" && !/^(counter|gauge|histogram|summary|untyped)$/.test(rest)) throw new Error(`no type: ${rest}`);
      if (what === "TYPE") current.type = rest;
      else current.help = unescaped(rest, false);
      families.set(name, current);
      continue;
    }
    const sample = readSample(line);
    const owner = current;
    if (
      owner === undefined ||
      ![owner.name, ...(owner.type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => owner.name + end) : [])].includes(sample.name)
    )
      throw new Error(`${sample.name} stands outside its family`);
    begun.add(owner.name);
    if (owner.samples.some((other) => seriesOf(other) === seriesOf(sample))) throw new Error(`twice: ${line}`);
    if (owner.type === "counter" && sample.value < 0) throw new Error(`a counter below zero: ${line}`);
    owner.samples.push(sample);
  }
  for (const family of families.values()) if (family.type === "histogram") requireHistogram(family);
  return [...families.values()];
}

function readSample(line: string): ReadFamily["samples"][number] {
  const match = new RegExp(metric.source, "s").exec(line);
  if (match === null) throw new Error(`no sample: ${line}`);
  const [, name = "", labels = "", value = ""] = match;
  if (!numeral.test(value)) throw new Error(`no number: ${value}`);
  return { name, labels: readLabels(labels), value: value === "NaN" ? Number.NaN : Number(value.replace("Inf", "Infinity")) };
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== "") {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(,|$)/s.exec(rest);
    if (match === null) throw new Error(`no label: ${rest}`);
    const [all, name = "", value = ""] = match;
    if (name in labels) throw new Error(`label ${name} twice`);
    labels[name] = unescaped(value, true);
    rest = rest.slice(all.length);
  }
  return labels;
}

function unescaped(text: string, quotes: boolean): string {
  return text.replaceAll(/\\(.?)/gs, (_, next: string) => {
    if (next === "n") return "\n";
    if (next === "\\" || (quotes && next === '"')) return next;
    throw new Error(`no escape: \\${next}`);
  });
}

const seriesOf = ({ name, labels }: ReadFamily["samples"][number]): string => JSON.stringify([name, Object.entries(labels).toSorted()]);

function requireHistogram({ name, samples }: ReadFamily): void {
  const groups = Map.groupBy(samples, ({ labels }) => JSON.stringify({ ...labels, le: undefined }));
  for (const group of groups.values()) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => (labels["le"] === "+Inf" ? Infinity : Number(labels["le"])));
    const counts = buckets.map(({ value }) => value);
    if (bounds.at(-1) !== Infinity || bounds.some((bound, index) => !(bound > (bounds[index - 1] ?? -Infinity))))
      throw new Error(`${name}: its bounds do not grow to +Inf`);
    if (counts.some((count, index) => count < (counts[index - 1] ?? 0))) throw new Error(`${name}: its buckets are not cumulative`);
    if (group.find((sample) => sample.name === `${name}_count`)?.value !== counts.at(-1)) throw new Error(`${name}: its count is not that of +Inf`);
    if (!group.some((sample) => sample.name === `${name}_sum`)) throw new Error(`${name} has no sum`);
  }
}
