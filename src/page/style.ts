/** The look of every page: one text column, charts as wide as it, calm colours that keep a contrast of 4.5 : 1 in light and dark. */
export const style = `
:root { color-scheme: light dark; --paper: #fbfaf8; --card: #ffffff; --ink: #1d2126; --muted: #5c6470; --rule: #e3e1dc; --accent: #1f5fa8; --accent-soft: #1f5fa81f;
  --up: #14724a; --down: #b3312c; --down-soft: #b3312c26; --second: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1b1f23; --ink: #e8e6e1; --muted: #a3abb5; --rule: #30363c; --accent: #7db4f0; --accent-soft: #7db4f029;
  --up: #57c992; --down: #f08a83; --down-soft: #f08a8333; --second: #dcae52; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main, header, footer { max-width: 1040px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 40px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.015em; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 44px 0 4px; letter-spacing: -0.01em; }
p { margin: 0 0 12px; max-width: 78ch; overflow-wrap: anywhere; } .about, .lead, caption, footer { color: var(--muted); }
.lead { font-size: 16px; margin-bottom: 20px; }
.facts { display: grid; grid-template-columns: repeat(4, 1fr); background: var(--card); border: 1px solid var(--rule); border-radius: 10px; overflow: hidden; margin: 20px 0; }
.facts div { padding: 13px 18px 14px; box-shadow: 1px 0 var(--rule), 0 1px var(--rule); }
.facts dt { color: var(--muted); font-size: 12.5px; } .facts dd { margin: 2px 0 0; font-size: 21px; font-variant-numeric: tabular-nums; letter-spacing: -0.01em; } .facts .note { color: var(--muted); font-size: 12.5px; letter-spacing: 0; margin: 0; }
.up { color: var(--up); } .down { color: var(--down); }
.notes { margin: 16px 0; padding: 12px 18px; background: var(--down-soft); border-radius: 10px; } .notes h2 { font-size: 14px; margin: 0 0 2px; }
ul { margin: 0; padding: 0 0 0 18px; max-width: 84ch; } li { margin: 3px 0; overflow-wrap: anywhere; } section > ul { margin-top: 10px; } section li { margin: 7px 0; }
figure { margin: 14px 0 0; background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 14px 10px 6px; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; font: 11.5px system-ui, sans-serif; }
svg.narrow { display: none; } svg .axis text { fill: var(--muted); } svg .grid { stroke: var(--rule); stroke-width: 1; } svg .zero { stroke: var(--muted); stroke-width: 1; }
svg .line { fill: none; stroke-width: 1.6; stroke-linejoin: round; } svg .accent { stroke: var(--accent); } svg .second { stroke: var(--second); } svg .ink { stroke: var(--muted); } svg .fall { stroke: var(--down); }
svg .area.accent { fill: var(--accent-soft); stroke: none; } svg .area.fall { fill: var(--down-soft); stroke: none; }
svg .mark.buy { fill: var(--up); } svg .mark.sell { fill: var(--down); } svg .bar.up { fill: var(--up); } svg .bar.down { fill: var(--down); } svg .bar.accent { fill: var(--accent); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 4px 52px; font-size: 12.5px; color: var(--muted); } .legend i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: 3px; }
.legend .accent { background: var(--accent); } .legend .second { background: var(--second); } .legend .ink { background: var(--muted); } .legend .fall { background: var(--down); }
.legend .buy, .legend .sell { width: 0; height: 0; border: solid transparent; border-width: 0 5px 9px; border-bottom-color: var(--up); border-radius: 0; vertical-align: 0; } .legend .sell { border-width: 9px 5px 0; border-bottom-color: transparent; border-top-color: var(--down); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--rule); border-radius: 10px; margin: 14px 0 0; } .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 10px 14px 2px; font-size: 12.5px; }
th, td { padding: 6px 14px; text-align: left; vertical-align: top; border-top: 1px solid var(--rule); } thead th { color: var(--muted); font-weight: 600; font-size: 12.5px; border-top: 0; white-space: nowrap; }
th { font-weight: 500; } td.number, th.number { text-align: right; white-space: nowrap; } td.code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 12.5px; overflow-wrap: anywhere; }
.heat td { text-align: right; padding: 5px 8px; border: 1px solid var(--card); white-space: nowrap; } .heat th { padding: 5px 10px; }
.u1 { background: color-mix(in srgb, var(--up) 10%, transparent); } .u2 { background: color-mix(in srgb, var(--up) 20%, transparent); } .u3 { background: color-mix(in srgb, var(--up) 30%, transparent); }
.d1 { background: color-mix(in srgb, var(--down) 10%, transparent); } .d2 { background: color-mix(in srgb, var(--down) 20%, transparent); } .d3 { background: color-mix(in srgb, var(--down) 30%, transparent); }
.skip { position: absolute; left: -999em; } .skip:focus { left: 14px; top: 10px; background: var(--card); color: var(--accent); padding: 6px 12px; border: 2px solid var(--accent); border-radius: 8px; }
h3 { font-size: 12.5px; font-weight: 600; color: var(--muted); margin: 12px 0 2px; }
details { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; margin: 8px 0 0; } details > div { padding: 0 16px 14px; } summary { padding: 9px 16px; cursor: pointer; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 10px; } summary b { font-weight: 600; margin-right: 4px; } a { color: var(--accent); }
pre { margin: 0; padding: 10px 12px; background: var(--paper); border-radius: 8px; font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
img { display: block; max-width: 100%; height: auto; margin: 0 auto; background: #fff; border-radius: 6px; } figcaption { color: var(--muted); font-size: 12.5px; padding: 6px 4px; overflow-wrap: anywhere; } th[scope=row] { overflow-wrap: anywhere; min-width: 11ch; max-width: 44ch; } td.text { overflow-wrap: anywhere; min-width: 12ch; }
svg .span.model { fill: var(--accent); } svg .span.tool { fill: var(--second); } svg .span.code { fill: var(--up); } svg .span.failed { fill: var(--down-soft); stroke: var(--down); stroke-width: 1.5; } svg .pause { fill: var(--paper); stroke: var(--muted); stroke-dasharray: 3 3; }
svg .edge { fill: none; stroke: var(--muted); stroke-width: 1.2; } svg .node { fill: var(--card); stroke: var(--muted); stroke-width: 1.4; } svg .node.up { stroke: var(--up); } svg .node.down { stroke: var(--down); stroke-dasharray: 5 3; } svg.graph text { fill: var(--ink); } svg.graph .state { fill: var(--muted); }
.legend .model { background: var(--accent); height: 12px; vertical-align: -2px; } .legend .tool { background: var(--second); height: 6px; vertical-align: 1px; } .legend .code { background: var(--up); height: 9px; vertical-align: 0; } .legend .failed { background: var(--down-soft); border: 1.5px solid var(--down); height: 14px; vertical-align: -3px; } .legend .pause { border: 1px dashed var(--muted); height: 14px; vertical-align: -3px; }
footer { padding-top: 36px; padding-bottom: 48px; font-size: 13px; }
@media print { body { background: #fff; } figure, .facts { break-inside: avoid; } details::details-content { content-visibility: visible; } .scroll { overflow: visible; } }
@media (max-width: 560px) { main, header, footer { padding-left: 14px; padding-right: 14px; } h1 { font-size: 25px; } .facts { grid-template-columns: 1fr 1fr; } .facts div { padding: 11px 14px; } .facts dd { font-size: 18px; }
  svg.wide { display: none; } svg.narrow { display: block; } figure { padding: 12px 6px 4px; } .legend { margin-left: 10px; } }
`;
