import { html, type Html } from "./html.ts";
import { style } from "./style.ts";

export interface Fact {
  name: string;
  value: string;
  tone?: "up" | "down" | undefined;
  /** What it is to be seen with, in a few words. */
  note?: string | undefined;
}

export interface Section {
  title: string;
  /** What is seen here, in a sentence. */
  about?: string;
  parts: readonly Html[];
}

export interface Page {
  title: string;
  lead: string;
  facts: readonly Fact[];
  /** What a reader must know before they believe it. */
  notes: readonly string[];
  /** Title of the notes. */
  notesTitle?: string | undefined;
  sections: readonly Section[];
  foot: string;
  /** It has pictures in it, as data: addresses; none is loaded from elsewhere. */
  pictures?: boolean;
}

/** Nothing is loaded and nothing runs, whatever the content says: the browser itself refuses both. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** One page that stands alone: no script, no request, readable without colours, on paper and by a screen reader. */
export function page({ title, lead, facts, notes, notesTitle = "Before you believe it", sections, foot, pictures = false }: Page): string {
  const body = html`<a class="skip" href="#main">Skip to the content</a>
    <header>
      <h1>${title}</h1>
      <p class="lead">${lead}</p>
    </header>
    <main id="main" tabindex="-1">
      ${factsOf(facts)}
      ${
        notes.length === 0
          ? ""
          : html`<div class="notes">
              <h2>${notesTitle}</h2>
              ${list(notes)}
            </div>`
      }
      ${sections.map(section)}
    </main>
    <footer><p>${foot}</p></footer>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}${pictures ? "; img-src data:" : ""}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${html`${title}`.html}</title>
<style>${style}</style>
</head>
<body>
${body.html}
</body>
</html>
`;
}

function factsOf(facts: readonly Fact[]): Html {
  return html`<dl class="facts">
    ${facts.map(
      ({ name, value, tone, note }) =>
        html`<div>
          <dt>${name}</dt>
          <dd class="${tone ?? "plain"}">${value}</dd>
          ${note === undefined ? "" : html`<dd class="note">${note}</dd>`}
        </div>`,
    )}
  </dl>`;
}

function section({ title, about, parts }: Section): Html {
  return html`<section>
    <h2>${title}</h2>
    ${about === undefined ? "" : html`<p class="about">${about}</p>`} ${parts}
  </section> `;
}

/** Points, one a line. */
export function list(points: readonly string[]): Html {
  return html`<ul>
    ${points.map((point) => html`<li>${point}</li>`)}
  </ul>`;
}
