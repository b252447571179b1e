import { scaleLinear, scaleLog, scaleUtc } from "d3-scale";
import { area, line } from "d3-shape";
import { html, type Html } from "./html.ts";
import { thin } from "./thin.ts";

export type Tone = "accent" | "second" | "ink" | "fall";

export interface Curve {
  name: string;
  tone: Tone;
  /** One value a row of `ts`; NaN is a gap in knowledge and is left out. */
  values: ArrayLike<number>;
  /** Fills down (or up) to this value. */
  fillTo?: number;
}

export interface Mark {
  ts: number;
  value: number;
  kind: "buy" | "sell";
  /** Shown when pointed at. */
  title: string;
}

export interface TimeChart {
  title: string;
  /** What the picture shows, for those who do not see it. */
  about: string;
  /** Times in ms since the epoch, rising. */
  ts: ArrayLike<number>;
  curves: readonly Curve[];
  marks?: readonly Mark[];
  format: (value: number) => string;
  /** Logarithmic scale, where all values are above 0. */
  log?: boolean;
  heightPx?: number;
  /** A line at this value, e.g. 0. */
  rule?: number;
}

/** A chart is drawn twice, for wide windows and for narrow ones, so that its words keep their size; the style shows one of the two. */
interface Frame {
  kind: "wide" | "narrow";
  widthPx: number;
  left: number;
  right: number;
  timeTicks: number;
  valueTicks: number;
  /** Stretches that a long curve is thinned to. */
  buckets: number;
  /** Of the height asked for. */
  height: number;
}

const frames: readonly Frame[] = [
  { kind: "wide", widthPx: 1000, left: 62, right: 16, timeTicks: 9, valueTicks: 5, buckets: 480, height: 1 },
  { kind: "narrow", widthPx: 420, left: 54, right: 10, timeTicks: 4, valueTicks: 4, buckets: 200, height: 0.8 },
];
const [top, bottom] = [10, 26];

/** Curves over time as SVG. Long series are thinned to what the eye can tell apart. */
export function timeChart(chart: TimeChart): Html {
  return html`<figure>${legend(chart)}${frames.map((frame) => drawing(chart, frame))}</figure>`;
}

function drawing(chart: TimeChart, frame: Frame): Html {
  const { kind, widthPx, left, right } = frame;
  const heightPx = Math.round((chart.heightPx ?? 280) * frame.height);
  const [low, high] = extent(chart);
  const first = chart.ts[0] ?? 0;
  const x = scaleUtc()
    .domain([first, Math.max(chart.ts[chart.ts.length - 1] ?? 0, first + 1)])
    .range([left, widthPx - right]);
  const logarithmic = chart.log === true && low > 0;
  const y = (logarithmic ? scaleLog() : scaleLinear()).domain([low, high]).range([heightPx - bottom, top]);
  const yTicks = apart(y.ticks(frame.valueTicks), y);
  const tickFormat = x.tickFormat(frame.timeTicks);
  const grid = yTicks.map(
    (tick) =>
      html`<line class="grid" x1="${left}" x2="${widthPx - right}" y1="${px(y(tick))}" y2="${px(y(tick))}" /><text
          x="${left - 8}"
          y="${px(y(tick) + 4)}"
          text-anchor="end"
          >${chart.format(tick)}</text
        >`,
  );
  const times = x.ticks(frame.timeTicks).map((tick) => html`<text x="${px(x(tick))}" y="${heightPx - 7}" text-anchor="middle">${tickFormat(tick)}</text>`);
  const rule =
    chart.rule === undefined || chart.rule < low || chart.rule > high
      ? html``
      : html`<line class="zero" x1="${left}" x2="${widthPx - right}" y1="${px(y(chart.rule))}" y2="${px(y(chart.rule))}" />`;
  const at = { x: (ms: number) => x(ms), y: (value: number) => y(value) };
  return html`<svg class="${kind}" viewBox="0 0 ${widthPx} ${heightPx}" role="img" aria-label="${chart.title}. ${chart.about}">
    <g class="axis">${grid}${times}</g>
    ${rule}${chart.curves.map((curve) => drawn(curve, chart, at, frame.buckets))}${(chart.marks ?? []).map((mark) => marked(mark, at))}
  </svg>`;
}

interface At {
  x: (ms: number) => number;
  y: (value: number) => number;
}

function drawn(curve: Curve, chart: TimeChart, at: At, buckets: number): Html {
  const rows = thin(curve.values, buckets);
  const x = (row: number): number => px(at.x(chart.ts[row] ?? 0));
  const y = (row: number): number => px(at.y(curve.values[row] ?? 0));
  const path = line<number>(x, y)(rows) ?? "";
  const { fillTo } = curve;
  const filled = fillTo === undefined ? html`` : html`<path class="area ${curve.tone}" d="${area<number>(x, px(at.y(fillTo)), y)(rows) ?? ""}" />`;
  return html`${filled}<path class="line ${curve.tone}" d="${path}" />`;
}

/** A triangle: up for a purchase, down for a sale, its tip at the price. */
function marked({ ts, value, kind, title }: Mark, at: At): Html {
  const [x, y] = [px(at.x(ts)), px(at.y(value))];
  const base = kind === "buy" ? 9 : -9;
  return html`<path class="mark ${kind}" d="M${x},${y}l-4.5,${base}h9z"><title>${title}</title></path>`;
}

function legend({ curves, marks }: TimeChart): Html {
  if (curves.length < 2 && marks === undefined) return html``;
  const kinds = marks === undefined ? [] : [html`<span><i class="buy"></i>bought</span>`, html`<span><i class="sell"></i>sold</span>`];
  return html`<div class="legend">${curves.map(({ name, tone }) => html`<span><i class="${tone}"></i>${name}</span>`)}${kinds}</div>`;
}

/** Lowest and highest value, never equal, with the rule and what is filled to. */
function extent({ curves, marks = [], rule }: TimeChart): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const see = (value: number | undefined): void => {
    if (value === undefined || !Number.isFinite(value)) return;
    if (value < low) low = value;
    if (value > high) high = value;
  };
  for (const { values, fillTo } of curves) {
    for (let row = 0; row < values.length; row++) see(values[row]);
    see(fillTo);
  }
  for (const { value } of marks) see(value);
  see(rule);
  if (low > high) return [0, 1];
  return low === high ? [low - Math.abs(low || 1) * 0.01, high + Math.abs(high || 1) * 0.01] : [low, high];
}

/** Ticks whose words do not touch. */
function apart(ticks: readonly number[], y: (tick: number) => number): number[] {
  let free = Number.POSITIVE_INFINITY;
  return ticks
    .toSorted((a, b) => a - b)
    .filter((tick) => {
      if (y(tick) > free) return false;
      free = y(tick) - 18;
      return true;
    });
}

/** A tenth of a pixel is enough, and keeps the page small. */
function px(value: number): number {
  return Math.round(value * 10) / 10;
}
