import type { EventRecord } from "../event/events.ts";
import { isoTime } from "../base/clock.ts";
import { passage, remark } from "../page/detail.ts";
import type { Html } from "../page/html.ts";
import type { Section } from "../page/page.ts";
import { picture } from "../page/picture.ts";
import { table } from "../page/table.ts";
import { isKind } from "../trace/record.ts";
import type { RunPageFacts } from "./run-page-facts.ts";
import { more } from "./run-page-work.ts";
import { counted, duration, short } from "./timeline-words.ts";

const rowsMax = 500;
/** Of the pictures of a page: each, and together. */
const [pictureBytesMax, picturesBytesMax] = [512 * 1024, 1024 * 1024];
const textBytesMax = 64 * 1024;
const textName = /\.(txt|md|csv|tsv|json|jsonl|ya?ml|toml|log|py|ts|js|sh|sql|html?|svg|xml)$/i;

export function decisionSection({ report, history, texts }: RunPageFacts): Section | undefined {
  const decisions = [...history.decisions.values()];
  if (decisions.length === 0) return undefined;
  const rows = decisions.slice(0, rowsMax).map(({ id, effect, rules, reason, request, policy }) => {
    const { action, tool, path, host } = request as { action?: string; tool?: string; path?: string; host?: string };
    const asked = [action, tool ?? path ?? host].filter(Boolean).join(" ");
    return [
      effect,
      texts.line(asked, 120),
      texts.line(rules.join(", ") || "no rule matched"),
      texts.line(reason, 300),
      short(policy.commit),
      texts.line(id, 40),
    ];
  });
  const columns = [
    { title: "Effect" },
    { title: "Of what" },
    { title: "Rule" },
    { title: "Reason" },
    { title: "Policy", kind: "code" as const },
    { title: "Id", kind: "code" as const },
  ];
  const refused = decisions.filter(({ effect }) => effect === "deny").length;
  return {
    title: "Decisions of policy",
    about: `${counted(decisions.length, "decision")}, ${refused} of them no. Anybody can ask for one again: agentctl policy explain ID.`,
    parts: [table("Decisions", columns, rows), ...more(decisions.length, "decisions", report.run, rowsMax)],
  };
}

export function approvalSection({ approvals, texts, history }: RunPageFacts): Section | undefined {
  if (approvals.length === 0) return undefined;
  const rows = approvals.slice(0, rowsMax).flatMap(({ approval, key, row, votes }): string[][] => {
    const { kind = "", effect = "" } = history.approvals.get(key) ?? {};
    const asked = [texts.line(approval, 40), key, kind, effect === "two-key" ? "two people" : "one person", row?.state ?? "not in this ledger"];
    if (votes.length === 0) return [[...asked, "nobody has answered", ""]];
    return votes.map(({ who, how, vote, note, atMs }) => [
      ...asked,
      `${texts.line(who, 60)}: ${vote}, ${how}, ${isoTime(atMs).slice(0, 19)}Z`,
      texts.line(note, 300),
    ]);
  });
  const columns = ["Approval", "Call", "What for", "Who must", "State", "Answer", "Note"].map((title) => ({ title }));
  return { title: "What people were asked", about: "Each yes holds once, for exactly this call.", parts: [table("Approvals", columns, rows)] };
}

export function artifactSection({ report, texts, bytesOf }: RunPageFacts): Section | undefined {
  if (report.artifacts.length === 0) return undefined;
  let left = picturesBytesMax;
  const parts: Html[] = [];
  const named: string[][] = [];
  for (const { path, bytes, sha256, file } of report.artifacts.slice(0, rowsMax)) {
    const name = texts.line(path, 200);
    named.push([name, bytes.toLocaleString("en-US"), `sha256:${sha256}`, file === undefined ? "not kept" : "kept"]);
    const text = textName.test(path);
    const data = file === undefined ? undefined : bytesOf(sha256, text ? textBytesMax : Math.min(left, pictureBytesMax));
    if (data === undefined) continue;
    const shown = text ? passage(name, texts.block(new TextDecoder().decode(data), 6_000)) : picture(name, data);
    if (shown === undefined) continue;
    if (!text) left -= data.length;
    parts.push(shown);
  }
  const columns = [{ title: "File" }, { title: "Bytes", kind: "number" as const }, { title: "Digest", kind: "code" as const }, { title: "Bytes are" }];
  return {
    title: "What it made",
    about: "PNG and JPEG are shown as pictures, texts as text; everything else by its name and digest.",
    parts: [...parts, table("Artifacts", columns, named), ...cut(report.artifacts.length, report.run)],
  };
}

export function networkSection({ records, report, texts }: RunPageFacts): Section | undefined {
  const requests = records.filter((record) => isKind(record, "net.requested"));
  if (requests.length === 0) return undefined;
  const rows = requests
    .slice(0, rowsMax)
    .map(({ data }) => [
      texts.line(data.key, 40),
      data.outcome,
      texts.line(`${data.method ?? ""} ${data.host ?? "?"}${data.port === undefined ? "" : `:${data.port}`}${data.path ?? ""}`, 200),
      data.status === undefined ? "" : String(data.status),
      `${data.bytesUp} / ${data.bytesDown}`,
      data.durationMs === undefined ? "" : duration(data.durationMs),
      texts.line(data.why, 200),
    ]);
  const columns = ["Call", "Outcome", "Request", "Status", "Bytes up / down", "Took", "Why"].map((title) => ({ title }));
  return {
    title: "What left the machine",
    about: `${counted(requests.length, "request")} through the proxy of its call.`,
    parts: [table("Network requests", columns, rows), ...cut(requests.length, report.run)],
  };
}

export function sidecarSection({ records, texts }: RunPageFacts): Section | undefined {
  const found = records.filter(({ kind }) => kind.startsWith("sidecar.") || kind.startsWith("lane."));
  if (found.length === 0) return undefined;
  const rows = found.slice(0, rowsMax).map((record: EventRecord) => [record.kind, record.ts.slice(0, 19), texts.line(JSON.stringify(record.data), 400)]);
  return {
    title: "Sidecar and lane",
    about: "The Python that kept its variables, and whose data this run may see.",
    parts: [
      table(
        "Sidecar",
        ["Event", "When", "What"].map((title) => ({ title })),
        rows,
      ),
    ],
  };
}

/** Every record in words, also of kinds that this page has no section for. */
export function recordSection({ report, texts }: RunPageFacts): Section {
  const shown = report.timeline.slice(0, 1_500);
  const rows = shown.map(({ at, seq, ts, kind, text }) => [String(at ?? seq), ts.slice(0, 19).replace("T", " "), kind, texts.line(text, 300)]);
  const columns = [{ title: "At", kind: "number" as const }, { title: "When" }, { title: "Kind", kind: "code" as const }, { title: "What" }];
  return {
    title: "The record",
    about: "Every line of the journal, in order; the numbers are those that agentctl run fork --at takes.",
    parts: [table("Records", columns, rows), ...cut(report.timeline.length, report.run, 1_500)],
  };
}

export function integritySection({ heads, report, history }: RunPageFacts): Section {
  const rows = heads.map(({ run, seq, hash, known }) => [
    run,
    String(seq + 1),
    hash,
    known === undefined ? "does not know it" : known ? "says the same" : "says otherwise",
  ]);
  const columns = [
    { title: "Part" },
    { title: "Records", kind: "number" as const },
    { title: "Head: hash of its last record", kind: "code" as const },
    { title: "The ledger" },
  ];
  const { started } = report;
  const files = history.started?.files ?? [];
  return {
    title: "Can this be believed?",
    about: `Every record was checked against the hash of the one before when this page was made. Check again: agentctl audit verify ${report.run}`,
    parts: [
      table("Journals", columns, rows),
      ...(started === undefined
        ? []
        : [
            remark(
              `Files of commit ${started.workspace.commit}${started.workspace.dirty ? ", edited" : ""}; policy of commit ${started.policy.commit}; agentctl ${started.version}.`,
            ),
          ]),
      ...(files.length === 0
        ? []
        : [
            remark(
              `It was given ${counted(files.length, "file")}: ${files
                .slice(0, 20)
                .map(({ sha256 }) => `sha256:${short(sha256)}`)
                .join(", ")}.`,
            ),
          ]),
    ],
  };
}

function cut(found: number, run: string, shown = rowsMax): Html[] {
  return found <= shown ? [] : [remark(`${found - shown} more are on record: agentctl run show ${run} --json`)];
}
