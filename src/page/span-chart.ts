import { scaleLinear } from "d3-scale";
import { html, type Html } from "./html.ts";

/** What a span is drawn as: kinds differ in height and outline, not by colour alone. */
export type SpanKind = "model" | "tool" | "code" | "failed";

export interface Span {
  fromMs: number;
  toMs: number;
  kind: SpanKind;
  /** Shown when pointed at. */
  title: string;
}

export interface SpanLane {
  name: string;
  spans: readonly Span[];
}

export interface SpanChart {
  title: string;
  /** What the picture shows, for those who do not see it. */
  about: string;
  lanes: readonly SpanLane[];
  /** Pauses: the time at which each stands, and what it says. They are as wide as each other, however long they took. */
  pauses: readonly { atMs: number; label: string }[];
  /** Of all work, ms; the scale goes from 0 to it. */
  lengthMs: number;
  format: (ms: number) => string;
}

/** Drawn twice, as in time-chart.ts. */
const frames = [
  { kind: "wide", widthPx: 1000, left: 150, right: 24, ticks: 8, nameMax: 20 },
  { kind: "narrow", widthPx: 420, left: 74, right: 18, ticks: 3, nameMax: 9 },
] as const;
const [lanePx, axisPx, pausePx] = [34, 40, 30];
const kinds = { model: "a model answers", tool: "a tool works", code: "code runs", failed: "it did not end well" } as const;

/** What happened side by side, a lane a row: spans of time at work, pauses between them. */
export function spanChart(chart: SpanChart): Html {
  const used = Object.entries(kinds).filter(([kind]) => chart.lanes.some(({ spans }) => spans.some((span) => span.kind === kind)));
  const pause = chart.pauses.length === 0 ? [] : [html`<span><i class="pause"></i>waiting for people</span>`];
  return html`<figure>
    <div class="legend">${used.map(([kind, words]) => html`<span><i class="${kind}"></i>${words}</span>`)}${pause}</div>
    ${frames.map((frame) => drawing(chart, frame))}
  </figure>`;
}

function drawing({ title, about, lanes, pauses, lengthMs, format }: SpanChart, { kind, widthPx, left, right, ticks, nameMax }: (typeof frames)[number]): Html {
  const heightPx = lanes.length * lanePx + axisPx;
  const gapPx = Math.min(pausePx, ((widthPx - left - right) * 0.4) / Math.max(1, pauses.length));
  const scale = scaleLinear()
    .domain([0, Math.max(1, lengthMs)])
    .range([left, widthPx - right - pauses.length * gapPx]);
  // What begins at a pause stands behind it, what ends there before it.
  const x = (ms: number, end = false): number => px(scale(ms) + gapPx * pauses.filter(({ atMs }) => (end ? atMs < ms : atMs <= ms)).length);
  const bottom = heightPx - axisPx + 4;
  const axis = scale
    .ticks(ticks)
    .map(
      (tick) =>
        html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="4" y2="${bottom}" /><text x="${x(tick)}" y="${bottom + 16}" text-anchor="middle"
            >${format(tick)}</text
          >`,
    );
  const waits = pauses.map(({ atMs, label }) => {
    const from = px(x(atMs) - gapPx);
    return html`<rect class="pause" x="${px(from + 3)}" y="4" width="${px(Math.max(2, gapPx - 6))}" height="${bottom - 4}" rx="3"
      ><title>${label}</title></rect
    >`;
  });
  const rows = lanes.map(({ name, spans }, row) => {
    const middle = row * lanePx + lanePx / 2 + 4;
    const shown = name.length > nameMax ? `${name.slice(0, nameMax - 1).toWellFormed()}…` : name;
    return html`<text x="${left - 10}" y="${middle + 4}" text-anchor="end">${shown}</text
      ><line class="zero" x1="${left}" x2="${widthPx - right}" y1="${middle}" y2="${middle}" />${merged(spans, x).map((span) => drawn(span, middle))}`;
  });
  return html`<svg class="${kind} spans" viewBox="0 0 ${widthPx} ${heightPx}" role="img" aria-label="${title}. ${about}">
    <g class="axis">${axis}${waits}${rows}</g>
  </svg>`;
}

interface Drawn {
  from: number;
  to: number;
  kind: SpanKind;
  title: string;
  count: number;
}

/** Neighbours of one kind that no eye can tell apart are one; so ten thousand calls make a small page. */
function merged(spans: readonly Span[], x: (ms: number, end?: boolean) => number): Drawn[] {
  const found: Drawn[] = [];
  const latest = new Map<SpanKind, Drawn>();
  for (const { fromMs, toMs, kind, title } of spans) {
    const from = x(fromMs);
    const to = Math.max(from + 1.5, x(toMs, true));
    const last = latest.get(kind);
    if (last !== undefined && from - last.to < 0.5) {
      last.to = Math.max(last.to, to);
      last.count += 1;
      continue;
    }
    const next = { from, to, kind, title, count: 1 };
    latest.set(kind, next);
    found.push(next);
  }
  return found;
}

const heights: Record<SpanKind, number> = { model: 20, tool: 10, code: 14, failed: 24 };

function drawn({ from, to, kind, title, count }: Drawn, middle: number): Html {
  const height = heights[kind];
  const words = count === 1 ? title : `${title}\nand ${count - 1} more right after`;
  return html`<rect class="span ${kind}" x="${from}" y="${middle - height / 2}" width="${px(to - from)}" height="${height}" rx="2"
    ><title>${words}</title></rect
  >`;
}

function px(value: number): number {
  return Math.round(value * 10) / 10;
}
