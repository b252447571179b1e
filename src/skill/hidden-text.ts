import type { Finding } from "../base/finding.ts";
import { hiddenKind, shownCodePoint } from "../base/safe-text.ts";
import { withoutCode } from "./markdown.ts";
import { lineStarts, placeAt } from "./plain-text.ts";

const findingsMax = 20;

/** Characters that a person does not see and a model or an interpreter does; one finding a line, at most 20 a file. */
export function findHiddenCharacters(file: string, text: string): Finding[] {
  const findings: Finding[] = [];
  const starts = lineStarts(text);
  let offset = 0;
  let before = "";
  let lastLine = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    const kind = hiddenKind(codePoint);
    const here = offset;
    offset += character.length;
    if (kind !== undefined && !fits(codePoint, before, text.slice(offset, offset + 2))) {
      const { line, column } = placeAt(starts, here);
      if (line !== lastLine) {
        const message = `${shownCodePoint(codePoint)} ${kind === "bidi" ? "changes the order in which text is shown" : "cannot be seen"}`;
        findings.push({ rule: "skill/hidden-text", level: kind === "control" ? "warning" : "error", message, file, line, column });
      }
      lastLine = line;
      if (findings.length === findingsMax) break;
    }
    before = character;
  }
  return findings;
}

/** Where such characters belong: CR before LF, a byte order mark at the start, joiners between letters of scripts that need them and between emoji. */
function fits(codePoint: number, before: string, after: string): boolean {
  if (codePoint === 0x0d) return after.startsWith("\n");
  if (codePoint === 0xfeff) return before === "";
  return (codePoint === 0x200c || codePoint === 0x200d) && joins.test(before) && joins.test(after);
}

const joins = /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]|^(?!\p{Script=Latin})[\p{L}\p{M}]/u;

/** Words a comment needs to be an instruction; two different ones make it one. */
const instruction =
  /\b(ignore|disregard|run|execute|install|download|curl|wget|send|upload|secret|token|password|must|always|never|do not|user|assistant|system prompt)\b/gi;

/** Comments and invisible styles of Markdown: not shown to a person who reads the page, read by a model. */
export function findHiddenMarkup(file: string, text: string): Finding[] {
  const starts = lineStarts(text);
  const findings: Finding[] = [];
  const add = (offset: number, rule: string, level: Finding["level"], message: string): void => {
    if (findings.length < findingsMax) findings.push({ rule: `skill/${rule}`, level, message, file, ...placeAt(starts, offset) });
  };
  const shown = withoutCode(text);
  for (let from = text.indexOf("<!--"); from !== -1;) {
    const end = text.indexOf("-->", from + 4);
    const comment = text.slice(from + 4, end === -1 ? undefined : end);
    // In a code block a comment is shown; what looks like one here may be none to another reader, so it is said all the same.
    const level = shown[from] === "<" ? "error" : "warning";
    if (instructs(comment)) add(from, "hidden-instruction", level, "a comment, which a reader of the page does not see, gives instructions");
    from = end === -1 ? -1 : text.indexOf("<!--", end);
  }
  for (const found of text.matchAll(/^[ \t]{0,3}\[[^\]\n]{1,40}\]:[ \t]*<?#>?[ \t]*[("']([^\n]*)$/gm))
    if (instructs(found[1] ?? "")) add(found.index, "hidden-instruction", "error", "a link that is never shown gives instructions");
  for (const found of text.matchAll(
    /style\s{0,4}=[^>\n]{0,200}?(?:display\s{0,4}:\s{0,4}none|visibility\s{0,4}:\s{0,4}hidden|font-size\s{0,4}:\s{0,4}0|opacity\s{0,4}:\s{0,4}0\b)/gi,
  ))
    add(found.index, "hidden-text", "error", "a style hides this text from a reader");
  return findings;
}

function instructs(text: string): boolean {
  return new Set([...text.matchAll(instruction)].map((found) => found[0].toLowerCase())).size >= 2;
}

/** Words that mix letters of two scripts that look alike: `pаypal` with a Cyrillic а. */
export function findMixedScripts(file: string, text: string): Finding[] {
  if (!/[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(text)) return [];
  const starts = lineStarts(text);
  const findings: Finding[] = [];
  for (const found of text.matchAll(/[\p{L}\p{M}]{4,80}/gu)) {
    const word = found[0];
    if (!/\p{Script=Latin}/u.test(word) || !/[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(word)) continue;
    findings.push({ rule: "skill/mixed-script", level: "warning", message: `"${word}" mixes letters of two alphabets`, file, ...placeAt(starts, found.index) });
    if (findings.length === findingsMax) break;
  }
  return findings;
}
