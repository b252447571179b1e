import { html, type Html } from "./html.ts";

export interface Column {
  title: string;
  kind?: "text" | "number" | "code";
}

/** A table that can be scrolled by keyboard where it is wider than the page. The first column names the row. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly string[])[]): Html {
  const head = columns.map(({ title, kind }) => html`<th scope="col" class="${kind ?? "text"}">${title}</th>`);
  const body = rows.map((row) => {
    const cells = row.map((cell, at) => (at === 0 ? html`<th scope="row">${cell}</th>` : html`<td class="${columns[at]?.kind ?? "text"}">${cell}</td>`));
    return html`<tr>
      ${cells}
    </tr>`;
  });
  return framed(caption, "plain", head, body);
}

/** Shares by row and column, coloured by their size; NaN is an empty cell. */
export function heatTable(caption: string, columns: readonly string[], rows: readonly { name: string; shares: readonly number[] }[]): Html {
  const head = [html`<th scope="col">Year</th>`, ...columns.map((title) => html`<th scope="col" class="number">${title}</th>`)];
  const body = rows.map(
    ({ name, shares }) =>
      html`<tr>
        <th scope="row">${name}</th>
        ${shares.map(heatCell)}
      </tr>`,
  );
  return framed(caption, "heat", head, body);
}

function heatCell(share: number): Html {
  if (Number.isNaN(share)) return html`<td></td>`;
  const strength = Math.abs(share) < 0.0005 ? 0 : Math.abs(share) < 0.02 ? 1 : Math.abs(share) < 0.05 ? 2 : 3;
  return html`<td class="${share < 0 ? "d" : "u"}${strength}">${(share * 100).toFixed(1).replace("-0.0", "0.0")}</td>`;
}

function framed(caption: string, kind: "plain" | "heat", head: readonly Html[], body: readonly Html[]): Html {
  return html`<div class="scroll" role="group" aria-label="${caption}" tabindex="0">
    <table class="${kind}">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}
