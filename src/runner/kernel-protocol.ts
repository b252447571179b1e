/** What a bridge (runners/sidecar_bridge.py) may say, one JSON object a line. It runs beside the kernel's code, so every line is hostile input. */
export type BridgeMessage =
  | { t: "ready" }
  | { t: "text"; id: number; name: "stdout" | "stderr"; text: string }
  | { t: "data"; id: number; mime: DisplayMime; data: string }
  | { t: "result"; id: number; text: string }
  | { t: "error"; id: number; name: string; value: string; traceback: string }
  | { t: "done"; id: number; ok: boolean; truncated: boolean }
  | { t: "died"; id: number | undefined; code: number | undefined; memory: boolean };

export const displayMimes = ["text/plain", "text/html", "image/png", "application/json"] as const;
export type DisplayMime = (typeof displayMimes)[number];

/** What a bridge is asked. */
export type BridgeRequest = { op: "execute"; id: number; code: string } | { op: "interrupt" } | { op: "restart" };

type Fields = { readonly [name: string]: unknown };

/** Reads one line; undefined when it is nothing that a bridge says. Never throws. */
export function readBridgeLine(line: string): BridgeMessage | undefined {
  const fields = parseObject(line);
  if (fields === undefined) return undefined;
  const { t, id } = fields;
  if (t === "ready") return { t };
  if (t === "died") {
    if (!isId(id) && id !== null) return undefined;
    return { t, id: id ?? undefined, code: isCode(fields["code"]) ? fields["code"] : undefined, memory: fields["memory"] === true };
  }
  return isId(id) ? readOfCell(id, fields) : undefined;
}

function readOfCell(id: number, fields: Fields): BridgeMessage | undefined {
  const { t, text, name, mime, data, value, traceback, ok, truncated } = fields;
  switch (t) {
    case "text":
      return isText(text) && (name === "stdout" || name === "stderr") ? { t, id, name, text } : undefined;
    case "result":
      return isText(text) ? { t, id, text } : undefined;
    case "data": {
      const known = displayMimes.find((one) => one === mime);
      return known !== undefined && isText(data) ? { t, id, mime: known, data } : undefined;
    }
    case "error":
      return isText(name) && isText(value) && isText(traceback) ? { t, id, name, value, traceback } : undefined;
    case "done":
      return typeof ok === "boolean" && typeof truncated === "boolean" ? { t, id, ok, truncated } : undefined;
    default:
      return undefined;
  }
}

function parseObject(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/** An exit code, negative for a signal. */
function isCode(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(value as number) <= 255;
}
