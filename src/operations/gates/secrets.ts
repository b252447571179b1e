import type { Finding } from "../../base/finding.ts";
import { scanSecrets } from "../../scan/secrets.ts";
import type { ScanFile } from "../../scan/source.ts";
import type { Mask } from "../../trace/mask.ts";
import { answer, counted } from "./answer.ts";
import { byPath, changedFiles, newOnly, type ChangedFile } from "./changed-files.ts";
import type { Gate } from "./gate.ts";

const packedMax = 200;

/** What looks like a secret, by secretlint, by our own patterns and by the mask of the record; in texts, in what is packed in them, in names and in the words. */
export const secrets: Gate = {
  name: "secrets",
  async judge(context) {
    const { proposal, open } = context;
    const files = await changedFiles(context);
    const after = [...textsOf(files, "after"), ...wordsOf(proposal)];
    const before = textsOf(files, "before");
    const findings = newOnly(await found(after, open.mask), await found(before, open.mask), { after: byPath(after), before: byPath(before) });
    return answer(counted(files.filter(({ after: data }) => data !== undefined).length, "file"), findings);
  },
};

/** Every file, text or not: a key in a picture is a key. */
function textsOf(files: readonly ChangedFile[], side: "before" | "after"): ScanFile[] {
  return files.flatMap((file) => {
    const data = file[side];
    if (data === undefined) return [];
    const utf8 = Buffer.from(data).toString("utf8");
    return [{ file: file.path, path: file.path, text: utf8.includes("\ufffd") ? Buffer.from(data).toString("latin1") : utf8 }];
  });
}

function wordsOf({
  title,
  rationale,
  evidence,
  changes,
}: {
  title: string;
  rationale: string;
  evidence: readonly string[];
  changes: readonly { path: string }[];
}): ScanFile[] {
  const name = "the words of the proposal";
  return [{ file: name, path: name, text: [title, rationale, ...evidence, ...changes.map(({ path }) => path)].join("\n") }];
}

async function found(texts: readonly ScanFile[], mask: Mask): Promise<Finding[]> {
  const findings = await scanSecrets(texts);
  const packed = texts.flatMap(unpacked);
  for (const finding of await scanSecrets(packed.map(({ scan }) => scan)))
    findings.push({
      ...finding,
      message: `${finding.message}, packed in base 64`,
      line: packed.find(({ scan }) => scan.file === finding.file)?.line,
      column: undefined,
    });
  for (const { file, text } of texts) {
    if (findings.some((finding) => finding.file === file && finding.level === "error")) continue;
    const line = text.split("\n").findIndex((each) => mask(each) !== each);
    if (line >= 0 || mask(text) !== text)
      findings.push({ rule: "gate/masked", level: "error", message: "holds what the record would mask", file, ...(line >= 0 && { line: line + 1 }) });
  }
  return findings;
}

/** What runs of base 64 in a text say, where that is text. */
function unpacked({ file, path, text }: ScanFile): { scan: ScanFile; line: number }[] {
  return [...text.matchAll(/[A-Za-z0-9+/_-]{24,20000}={0,2}/g)].slice(0, packedMax).flatMap((match) => {
    const said = Buffer.from(match[0], "base64").toString("utf8");
    if (!/^[\t\n\r\x20-\x7e]{12,}$/.test(said)) return [];
    return [{ scan: { file, path, text: said }, line: text.slice(0, match.index).split("\n").length }];
  });
}
