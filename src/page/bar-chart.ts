import { scaleBand, scaleLinear } from "d3-scale";
import { html, type Html } from "./html.ts";

export interface BarChart {
  title: string;
  about: string;
  bars: readonly { name: string; value: number; tone: "up" | "down" | "accent" }[];
  format: (value: number) => string;
}

const widthPx = 1000;
const space = { left: 190, right: 90 };
const rowPx = 30;

/** One horizontal bar a row, its value written beside it; bars below zero go to the left. */
export function barChart({ title, about, bars, format }: BarChart): Html {
  const heightPx = bars.length * rowPx + 8;
  const values = bars.map(({ value }) => value);
  const x = scaleLinear()
    .domain([Math.min(0, ...values), Math.max(0, ...values) || 1])
    .range([space.left, widthPx - space.right]);
  const y = scaleBand<number>()
    .domain(bars.map((_bar, at) => at))
    .range([4, heightPx - 4])
    .padding(0.3);
  const rows = bars.map(({ name, value, tone }, at) => {
    const top = y(at) ?? 0;
    const middle = round(top + y.bandwidth() / 2 + 4);
    const [from, to] = [x(Math.min(0, value)), x(Math.max(0, value))];
    return html`<text x="${space.left - 12}" y="${middle}" text-anchor="end">${name}</text
      ><rect class="bar ${tone}" x="${round(from)}" y="${round(top)}" width="${Math.max(1, round(to - from))}" height="${round(y.bandwidth())}" rx="2" /><text
        x="${round(to) + 8}"
        y="${middle}"
        >${format(value)}</text
      >`;
  });
  return html`<figure>
    <svg viewBox="0 0 ${widthPx} ${heightPx}" role="img" aria-label="${title}. ${about}"><g class="axis">${rows}</g></svg>
  </figure>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
