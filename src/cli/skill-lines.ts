import { place, type Finding } from "../base/finding.ts";
import type { JsonSchema } from "../base/json-schema.ts";
import { safeText } from "../base/safe-text.ts";
import type { SkillRow } from "../operations/list-skills.ts";
import type { SkillReport } from "../operations/show-skill.ts";
import { clip } from "./clip.ts";
import { table } from "./table.ts";

/** The list of skills as lines: workspace first; what others wrote is made safe to show. */
export function skillList(rows: readonly SkillRow[]): string[] {
  const shown = rows.map((row) => ({
    name: safeText(row.name, { oneLine: true }),
    version: row.version ?? "",
    trust: row.trust,
    runner: row.runner ?? (row.problem === null ? "-" : ""),
    uses: row.uses === 0 ? "" : String(row.uses),
    ok: percent(row.successRate),
    last: row.lastUsed?.slice(0, 10) ?? "",
    where: row.shadows ? "workspace*" : row.origin,
    description: row.problem === null ? cut(row.description ?? "", 72) : `broken: ${cut(row.problem, 64)}`,
  }));
  return table(shown, ["name", "version", "trust", "runner", "uses", "ok", "last", "where", "description"]);
}

/** Everything about a skill as lines. */
export function skillLines(report: SkillReport): string[] {
  const { lock, statistics, limits } = report;
  const lines = table(
    [
      ["skill", [report.name, report.version].filter(Boolean).join(" ")],
      ["", report.description ?? "cannot be used, see below"],
      [
        "trust",
        lock === null
          ? report.trust
          : `${report.trust}  from ${lock.source}${lock.commit === undefined ? "" : ` at ${lock.commit.slice(0, 12)}`}, added by ${lock.addedBy}`,
      ],
      ["reason", lock?.reason],
      ["runs", report.run === null ? (report.usable ? "instructions only" : undefined) : `${report.run} in ${report.runner}, class ${report.class}`],
      ["limits", limitWords(limits)],
      ["tags", report.tags.join(", ")],
      ["hosts", report.hosts.join(" ")],
      ["env", report.env.join(" ")],
      ["packages", report.packages.join(" ")],
      ["needs", report.compatibility],
      ["tools", report.allowedTools.join(" ")],
      ["licence", report.license],
      ["uses", statistics === null || statistics.uses === 0 ? "none on record" : usesWords(statistics)],
      ["last test", statistics?.lastTest ? testWords(statistics.lastTest, report.digest) : "none on record"],
      ["digest", `sha256:${report.digest}`],
      ["at", `${report.path}${report.shadows ? "  (hides the one that comes with agentctl)" : ""}`],
    ]
      .filter((row): row is [string, string] => typeof row[1] === "string" && row[1] !== "")
      .map(([name, value]) => ({ name, value: safeText(value, { oneLine: true }) })),
    ["name", "value"],
    { header: false },
  );
  return [
    ...lines,
    ...schemaLines("input", report.inputSchema),
    ...schemaLines("output", report.outputSchema),
    ...section(
      "files",
      table(
        report.files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256: sha256.slice(0, 12) })),
        ["path", "bytes", "sha256"],
        { header: false },
      ),
    ),
    ...section("findings", findingLines(report.findings)),
  ];
}

/** One line a finding: level, place, what, mend. */
export function findingLines(findings: readonly Finding[]): string[] {
  const rows = findings.map((finding) => ({
    level: finding.level,
    place: safeText(place(finding), { oneLine: true }),
    message: safeText(finding.hint === undefined ? finding.message : `${finding.message}  (${finding.hint})`, { oneLine: true }),
  }));
  return table(rows, ["level", "place", "message"], { header: false });
}

/** `2 errors, 1 warning`, or `no findings`. */
export function tally(findings: readonly Pick<Finding, "level">[]): string {
  const words = (["error", "warning", "note"] as const).flatMap((level) => {
    const count = findings.filter((finding) => finding.level === level).length;
    return count === 0 ? [] : [`${count} ${level}${count === 1 ? "" : "s"}`];
  });
  return words.length === 0 ? "no findings" : words.join(", ");
}

/** A schema of an object as a small table: its properties, one a line. */
function schemaLines(title: string, schema: JsonSchema | null): string[] {
  if (schema === null) return [];
  const properties = Object.entries((schema["properties"] as Record<string, JsonSchema> | undefined) ?? {});
  const required = new Set((schema["required"] as string[] | undefined) ?? []);
  const rows = properties.map(([name, property]) => ({
    name: safeText(name, { oneLine: true }),
    type: typeWords(property),
    needed: required.has(name) ? "required" : "default" in property ? `default ${cut(JSON.stringify(property["default"]), 24)}` : "",
    description: cut(String(property["description"] ?? ""), 80),
  }));
  return section(title, rows.length === 0 ? [typeWords(schema)] : table(rows, ["name", "type", "needed", "description"], { header: false }));
}

function typeWords(schema: JsonSchema): string {
  if (Array.isArray(schema["enum"])) return cut(schema["enum"].map((value) => JSON.stringify(value)).join(" | "), 40);
  const type = [schema["type"] ?? "any"].flat().join(" or ");
  const items = schema["items"] as JsonSchema | undefined;
  return type === "array" && items !== undefined && typeof items === "object" ? `list of ${typeWords(items)}` : safeText(type, { oneLine: true });
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function limitWords(limits: SkillReport["limits"]): string {
  const words = { timeoutMs: "ms", memoryMiB: "MiB memory", cpus: "cpus", pids: "processes", outputBytes: "bytes of output", diskMiB: "MiB disk" } as const;
  return Object.entries(limits)
    .map(([name, value]) => `${value} ${words[name as keyof typeof words]}`)
    .join(" · ");
}

function usesWords({ uses, successRate, averageMs, lastUsed }: NonNullable<SkillReport["statistics"]>): string {
  return [
    `${uses}`,
    successRate === null ? "" : `${percent(successRate)} ok`,
    averageMs === null ? "" : `${Math.round(averageMs)} ms on average`,
    lastUsed === null ? "" : `last ${lastUsed}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

function testWords(test: { at: string; outcome: string | null; digest: string | null }, digest: string): string {
  return `${test.outcome ?? "not ended"} ${test.at}${test.digest === digest ? "" : "  (its files were others then)"}`;
}

function percent(rate: number | null): string {
  return rate === null ? "" : `${Math.floor(rate * 100)}%`;
}

function cut(text: string, width: number): string {
  return clip(safeText(text, { oneLine: true }), width);
}
