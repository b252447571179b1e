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

const widthPx = 1000;
const space = { top: 10, right: 16, bottom: 26, left: 62 };
const buckets = 480;

/** Curves over time as one SVG. Long series are thinned to what the eye can tell apart. */
export function timeChart(chart: TimeChart): Html {
  const heightPx = chart.heightPx ?? 280;
  const [low, high] = extent(chart);
  const first = chart.ts[0] ?? 0;
  const x = scaleUtc()
    .domain([first, Math.max(chart.ts[chart.ts.length - 1] ?? 0, first + 1)])
    .range([space.left, widthPx - space.right]);
  const logarithmic = chart.log === true && low > 0;
  const y = (logarithmic ? scaleLog() : scaleLinear()).domain([low, high]).range([heightPx - space.bottom, space.top]);
  const yTicks = logarithmic ? sparse(y.ticks(5), 7) : y.ticks(5);
  const tickFormat = x.tickFormat(9);
  const grid = yTicks.map(
    (tick) =>
      html`<line class="grid" x1="${space.left}" x2="${widthPx - space.right}" y1="${px(y(tick))}" y2="${px(y(tick))}" /><text
          x="${space.left - 8}"
          y="${px(y(tick) + 4)}"
          text-anchor="end"
          >${chart.format(tick)}</text
        >`,
  );
  const times = x.ticks(9).map((tick) => html`<text x="${px(x(tick))}" y="${heightPx - 7}" text-anchor="middle">${tickFormat(tick)}</text>`);
  const rule =
    chart.rule === undefined || chart.rule < low || chart.rule > high
      ? html``
      : html`<line class="zero" x1="${space.left}" x2="${widthPx - space.right}" y1="${px(y(chart.rule))}" y2="${px(y(chart.rule))}" />`;
  const at = { x: (ms: number) => x(ms), y: (value: number) => y(value) };
  return html`<figure>
    ${legend(chart)}<svg viewBox="0 0 ${widthPx} ${heightPx}" role="img" aria-label="${chart.title}. ${chart.about}">
      <g class="axis">${grid}${times}</g>
      ${rule}${chart.curves.map((curve) => drawn(curve, chart, at))}${(chart.marks ?? []).map((mark) => marked(mark, at))}
    </svg>
  </figure>`;
}

interface At {
  x: (ms: number) => number;
  y: (value: number) => number;
}

function drawn(curve: Curve, chart: TimeChart, at: At): Html {
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

function sparse(ticks: readonly number[], most: number): number[] {
  const every = Math.ceil(ticks.length / most);
  return ticks.filter((_tick, at) => at % every === 0);
}

/** A tenth of a pixel is enough, and keeps the page small. */
function px(value: number): number {
  return Math.round(value * 10) / 10;
}
