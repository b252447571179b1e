/** An event of a stream of server-sent events. */
export interface SseEvent {
  /** Default `message`. */
  event: string;
  data: string;
}

/**
 * Reads server-sent events (WHATWG HTML, 9.2.6): lines end with CR LF, LF or CR, an empty line ends an event, `:` begins a comment. An event without its
 * empty line is not told, as the standard has it. How long a line may be is bounded by who gives the body.
 */
export async function* sseEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<SseEvent> {
  let event = "";
  let data: string[] = [];
  for await (const line of lines(body)) {
    if (line === "") {
      if (data.length > 0) yield { event: event === "" ? "message" : event, data: data.join("\n") };
      event = "";
      data = [];
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
}

async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  // Pieces of a line whose end has not come: put together once, so that a line in many pieces costs no more than its length.
  let held: string[] = [];
  let afterCr = false;
  for await (const bytes of body) {
    let piece = decoder.decode(bytes, { stream: true });
    if (piece === "") continue;
    if (afterCr && piece.startsWith("\n")) piece = piece.slice(1);
    afterCr = piece.endsWith("\r");
    const ended = piece.split(/\r\n|\n|\r/);
    const rest = ended.pop() ?? "";
    for (const end of ended) {
      held.push(end);
      yield held.join("");
      held = [];
    }
    if (rest !== "") held.push(rest);
  }
}
