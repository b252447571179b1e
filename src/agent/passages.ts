/** Text that belongs together when it is asked what a source covers: a sentence with the brackets behind it, a table or a block of code with the line above. */
export function passagesOf(text: string): string[] {
  const passages: string[] = [];
  let above = "";
  let block: { kind: "table" | "code"; lines: string[] } | undefined;
  const close = (): void => {
    if (block !== undefined) passages.push(block.lines.join("\n"));
    block = undefined;
  };
  for (const line of text.split(/\r?\n/)) {
    const fence = /^\s{0,3}(```|~~~)/.test(line);
    const row = /^\s{0,3}\|/.test(line);
    if (block?.kind === "code") {
      block.lines.push(line);
      if (fence) close();
    } else if (fence) {
      close();
      block = { kind: "code", lines: [above, line] };
    } else if (row) {
      block ??= { kind: "table", lines: [above] };
      block.lines.push(line);
    } else {
      close();
      passages.push(...sentencesOf(line));
    }
    // An empty line between a block and the line that introduces it is usual.
    if (line.trim() !== "") above = line;
  }
  close();
  return passages;
}

/** `It rose by 3 %. [s1.2.1] It fell.` ⇒ two; what stands in brackets behind a full stop belongs to the sentence before it. */
function sentencesOf(line: string): string[] {
  const sentences: string[] = [];
  let from = 0;
  for (const found of line.matchAll(/[.!?。！？]["'”’)]?(?:\s{0,3}\[[^[\]]{1,400}\])*(?=\s|$)\s*/g)) {
    const end = found.index + found[0].length;
    const next = line.slice(end);
    const before = line.slice(from, found.index);
    // Not after `1.` at the start, `e.g.`, `vs.`, and not before a small letter.
    if (/^[\s>#*+-]*\d{0,4}$/.test(before) || /\b(e\.g|i\.e|vs|cf|ca|approx|no|fig)$/i.test(before) || /^\p{Ll}/u.test(next)) continue;
    sentences.push(line.slice(from, end));
    from = end;
  }
  return [...sentences, line.slice(from)].filter((sentence) => sentence.trim() !== "");
}
