import { html, type Html } from "./html.ts";

export interface GraphNode {
  id: string;
  /** Names of nodes that it comes after. */
  after: readonly string[];
  /** How it stands, in a word; also drawn by the outline. */
  state: string;
  tone: "up" | "down" | "plain";
}

/** More nodes than this are no picture; the table beside it has them. */
const nodesMax = 40;
const [boxPx, rowPx] = [{ width: 132, height: 44 }, 60];

/** Steps and what each waits for, from left to right and, for narrow windows, from top to bottom. Undefined where a picture would not help. */
export function graph(title: string, nodes: readonly GraphNode[]): Html | undefined {
  const ranks = ranksOf(nodes);
  const ranked = Map.groupBy(nodes, ({ id }) => ranks.get(id) ?? 0);
  const widest = Math.max(0, ...[...ranked.values()].map((rank) => rank.length));
  if (nodes.length < 2 || nodes.length > nodesMax || ranked.size > 7 || widest > 8) return undefined;
  return html`<figure>${(["wide", "narrow"] as const).map((kind) => drawing(title, kind, nodes, ranked, widest))}</figure>`;
}

/** The longest way to each node; a circle, which no plan has, ends the search. */
function ranksOf(nodes: readonly GraphNode[]): Map<string, number> {
  const ranks = new Map(nodes.map(({ id }) => [id, 0]));
  for (let round = 0, moved = true; moved && round < nodes.length; round++) {
    moved = false;
    for (const { id, after } of nodes) {
      const rank = Math.max(0, ...after.map((before) => (ranks.has(before) ? (ranks.get(before) ?? 0) + 1 : 0)));
      if (rank > (ranks.get(id) ?? 0)) {
        ranks.set(id, rank);
        moved = true;
      }
    }
  }
  return ranks;
}

function drawing(title: string, kind: "wide" | "narrow", nodes: readonly GraphNode[], ranked: ReadonlyMap<number, readonly GraphNode[]>, widest: number): Html {
  const wide = kind === "wide";
  const [widthPx, heightPx] = wide ? [1000, widest * rowPx + 16] : [420, ranked.size * (rowPx + 20) + 8];
  const places = new Map<string, { x: number; y: number; width: number }>();
  for (const [rank, members] of ranked) {
    const width = wide ? Math.min(boxPx.width, 940 / ranked.size - 24) : Math.min(boxPx.width, 404 / members.length - 8);
    for (const [row, { id }] of members.entries()) {
      const across = ((row + 0.5) / members.length) * (wide ? heightPx : widthPx);
      const along = (rank + 0.5) * (wide ? widthPx / ranked.size : rowPx + 20);
      places.set(id, { x: wide ? along : across, y: wide ? across : along, width });
    }
  }
  const edges = nodes.flatMap(({ id, after }) => after.flatMap((before) => edge(places.get(before), places.get(id), wide)));
  const boxes = nodes.map((node) => box(node, places.get(node.id) ?? { x: 0, y: 0, width: 0 }));
  const about = nodes.map(({ id, after, state }) => `${id}${after.length === 0 ? "" : ` after ${after.join(" and ")}`}: ${state}`).join("; ");
  return html`<svg class="${kind} graph" viewBox="0 0 ${widthPx} ${heightPx}" role="img" aria-label="${title}. ${about}">${edges}${boxes}</svg>`;
}

type Place = { x: number; y: number; width: number } | undefined;

function edge(from: Place, to: Place, wide: boolean): Html[] {
  if (from === undefined || to === undefined) return [];
  const half = boxPx.height / 2;
  const [a, b] = wide
    ? [
        { x: from.x + from.width / 2, y: from.y },
        { x: to.x - to.width / 2, y: to.y },
      ]
    : [
        { x: from.x, y: from.y + half },
        { x: to.x, y: to.y - half },
      ];
  const [mx, my] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
  const bend = wide ? `C${px(mx)},${px(a.y)} ${px(mx)},${px(b.y)}` : `C${px(a.x)},${px(my)} ${px(b.x)},${px(my)}`;
  return [html`<path class="edge" d="M${px(a.x)},${px(a.y)}${bend} ${px(b.x)},${px(b.y)}" />`];
}

function box({ id, state, tone }: GraphNode, { x, y, width }: { x: number; y: number; width: number }): Html {
  const most = Math.max(3, Math.floor(width / 8));
  const name = id.length > most ? `${id.slice(0, most - 1).toWellFormed()}…` : id;
  return html`<rect class="node ${tone}" x="${px(x - width / 2)}" y="${px(y - boxPx.height / 2)}" width="${px(width)}" height="${boxPx.height}" rx="7" /><text
      x="${px(x)}"
      y="${px(y - 3)}"
      text-anchor="middle"
      >${name}</text
    ><text class="state" x="${px(x)}" y="${px(y + 14)}" text-anchor="middle">${state.slice(0, most)}</text>`;
}

function px(value: number): number {
  return Math.round(value * 10) / 10;
}
