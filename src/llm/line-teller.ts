/** Tells text as it comes, in whole lines, without what the model thinks before it. */
export interface LineTeller {
  take(piece: string): void;
  /** The last line, and nothing after it. */
  end(): void;
}

const opening = /^\s*<(think|thinking)>/i;
/** As far as it has come, it may still become the opening. */
const mayOpen = /^\s*(<(t(h(i(n(k(i(n(g)?)?)?)?)?)?)?)?)?$/i;

const longestBeginning = 1000;

export function lineTeller(tell: ((text: string) => void) | undefined): LineTeller {
  if (tell === undefined) return { take: () => undefined, end: () => undefined };
  let state: "beginning" | "thinking" | "gap" | "text" = "beginning";
  let held = "";
  let closing = "";
  const lines = (): void => {
    const end = held.lastIndexOf("\n") + 1;
    if (end === 0) return;
    tell(held.slice(0, end).toWellFormed());
    held = held.slice(end);
  };
  const step = (): void => {
    if (state === "beginning") {
      const found = opening.exec(held);
      if (found === null && held.length < longestBeginning && mayOpen.test(held)) return;
      state = found === null ? "text" : "thinking";
      closing = `</${found?.[1]?.toLowerCase() ?? ""}>`;
    }
    if (state === "thinking") {
      const at = held.toLowerCase().indexOf(closing);
      // Of what was thought only as much is kept as may be the beginning of its end.
      held = at < 0 ? held.slice(-closing.length) : held.slice(at + closing.length);
      if (at < 0) return;
      state = "gap";
    }
    if (state === "gap") {
      held = held.trimStart();
      if (held === "") return;
      state = "text";
    }
    lines();
  };
  return {
    take(piece) {
      held += piece;
      // A line is not looked at before it is whole.
      if (state !== "text" || piece.includes("\n")) step();
    },
    end() {
      if (state === "beginning" && held.trim() !== "") state = "text";
      if (state === "text" && held !== "") tell(held.toWellFormed());
      held = "";
    },
  };
}

/** What a model thought at the start of its reply, apart from the rest. Thinking without an end takes all of it. */
export function splitThinking(text: string): { text: string; thinking?: string } {
  const found = opening.exec(text);
  if (found === null) return { text };
  const closing = `</${found[1]?.toLowerCase() ?? ""}>`;
  const end = text.toLowerCase().indexOf(closing, found[0].length);
  if (end < 0) return { text: "", thinking: text.slice(found[0].length).trim() };
  return { text: text.slice(end + closing.length).trimStart(), thinking: text.slice(found[0].length, end).trim() };
}
