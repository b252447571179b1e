import fc from "fast-check";
import { expect, test } from "vitest";
import { htmlText } from "../../../src/operations/tools/html-text.ts";

const base = new URL("https://example.org/a/b.html");
const text = (html: string): string => htmlText(html, base);

test("a page becomes its title, headings, paragraphs, lists, tables and links", () => {
  const html = `<!DOCTYPE html><html><head><title>Prices &amp; more</title><style>p{}</style><script>alert("<p>no</p>")</script></head>
    <body><!-- a note --><h1>Prices</h1><p>One\n  line,   with <b>bold</b> and <a href="../c?x=1&amp;y=2">a link</a>.</p>
    <ul><li>first<li>second</ul><table><tr><th>date<th>close</tr><tr><td>2020</td><td>3&nbsp;000</td></tr></table></body></html>`;
  expect(text(html)).toBe(
    [
      "Prices & more",
      "",
      "Prices",
      "",
      "One line, with bold and a link (https://example.org/c?x=1&y=2).",
      "",
      "- first",
      "- second",
      "",
      "| date | close",
      "",
      "| 2020 | 3 000",
    ].join("\n"),
  );
});

test.each([
  ["a comment without end takes the rest", "a<!-- b <p>c</p>", "a"],
  ["so does a tag without end", 'a<p title="b>c</p>', "a"],
  ["and a script", "a<script>b", "a"],
  ["a script ends where browsers end it", "<script>x</scripty>y</SCRIPT >z", "z"],
  ["a tag in capitals, with > in a value", `<P TITLE="a>b">c</P>`, "c"],
  ["< that begins no tag", "1 < 2 and 3 <4", "1 < 2 and 3 <4"],
  [
    "entities once, not twice",
    "&amp;lt;script&amp;gt; &#60;b&#62; &#x1F600; &#0; &#xD800; &nosuch; &constructor;",
    "&lt;script&gt; <b> 😀 \ufffd \ufffd &nosuch; &constructor;",
  ],
  [
    "links that are no pages lose where they lead",
    '<a href="javascript:alert(1)">a</a> <a href="data:text/html,x">b</a> <a href="#c">c</a> <a>d</a></a>',
    "a b c d",
  ],
  ["nested and broken tags", "<div><p>a<div></span>b</p></div></html>c", "a\nb\n\nc"],
  ["nothing", "", ""],
])("%s", (_what, html, expected) => expect(text(html)).toBe(expected));

test("what a page hides is not taken for tags again after it was decoded", () => {
  expect(text("&lt;script&gt;alert(1)&lt;/script&gt;")).toBe("<script>alert(1)</script>");
});

test("any text is read, in time that grows with it", () => {
  const piece = fc.constantFrom(
    "<",
    ">",
    "<!--",
    "-->",
    "<script",
    "</script>",
    "<a href='",
    '"',
    "'",
    "=",
    " ",
    "\n",
    "&#60;",
    "&",
    "x",
    "<p>",
    "</a>",
    "İ",
    "\ud800",
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => typeof text(pieces.join("")) === "string"));
  for (const bomb of ["<", "<a", "<!--", "<script>", "</", "&#", '<a href="', "<a '", " ", "\n", "<p>", "<a>"]) {
    const startedMs = performance.now();
    text(bomb.repeat(1_000_000 / bomb.length));
    expect(performance.now() - startedMs, bomb).toBeLessThan(5_000);
  }
});
