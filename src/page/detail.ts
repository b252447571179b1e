import { html, type Html } from "./html.ts";

/** A line that unfolds, by mouse or keyboard, without a script. `tone` colours its first word, which says the same in letters. */
export function detail(first: string, rest: string, parts: readonly Html[], tone: "up" | "down" | "plain" = "plain"): Html {
  return html`<details>
    <summary><b class="${tone}">${first}</b> ${rest}</summary>
    <div>${parts}</div>
  </details> `;
}

/** A text of somebody else's under a heading of ours; line ends stand, long lines wrap. */
export function passage(title: string, text: string): Html {
  return html`<h3>${title}</h3>
    <pre dir="auto">${text}</pre>`;
}

/** A plain remark between other pieces. */
export function remark(text: string): Html {
  return html`<p class="about">${text}</p>`;
}
