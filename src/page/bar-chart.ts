import { scaleBand, scaleLinear } from "d3-scale";
import { html, type Html } from "./html.ts";

export interface BarChart {
  title: string;
  about: string;
  bars: readonly { name: string; value: number; tone: "up" | "down" | "accent" }[];
  format: (value: number) => string;
}

/** Drawn twice, as in time-chart.ts. */
const frames = [
  { kind: "wide", widthPx: 1000, left: 190, right: 110 },
  { kind: "narrow", widthPx: 420, left: 128, right: 72 },
] as const;
const rowPx = 30;

/** One horizontal bar a row, its value written beside it; bars below zero go to the left. */
export function barChart(chart: BarChart): Html {
  return html`<figure>${frames.map((frame) => drawing(chart, frame))}</figure>`;
}

function drawing({ title, about, bars, format }: BarChart, { kind, widthPx, left, right }: (typeof frames)[number]): Html {
  const heightPx = bars.length * rowPx + 8;
  const values = bars.map(({ value }) => value);
  const x = scaleLinear()
    .domain([Math.min(0, ...values), Math.max(0, ...values) || 1])
    .range([left, widthPx - right]);
  const y = scaleBand<number>()
    .domain(bars.map((_bar, at) => at))
    .range([4, heightPx - 4])
    .padding(0.3);
  const rows = bars.map(({ name, value, tone }, at) => {
    const top = y(at) ?? 0;
    const middle = round(top + y.bandwidth() / 2 + 4);
    const [from, to] = [x(Math.min(0, value)), x(Math.max(0, value))];
    return html`<text x="${left - 12}" y="${middle}" text-anchor="end">${name}</text
      ><rect class="bar ${tone}" x="${round(from)}" y="${round(top)}" width="${Math.max(1, round(to - from))}" height="${round(y.bandwidth())}" rx="2" /><text
        x="${round(to) + 8}"
        y="${middle}"
        >${format(value)}</text
      >`;
  });
  return html`<svg class="${kind}" viewBox="0 0 ${widthPx} ${heightPx}" role="img" aria-label="${title}. ${about}"><g class="axis">${rows}</g></svg>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
