/** How a report looks: by the reader's setting dark on light, or light on dark. */
export const reportStyle = `
:root { color-scheme: light dark; --back: #fbfbfa; --card: #ffffff; --ink: #1d2126; --soft: #626a73; --line: #e2e4e7; --curve-1: #2f66c4; --curve-2: #cf6a10; --curve-3: #2b8a57; --curve-4: #8e4fae; --good: #22784a; --bad: #b3341f; }
@media (prefers-color-scheme: dark) { :root { --back: #15181c; --card: #1d2126; --ink: #e6e8ea; --soft: #9aa2ab; --line: #343a41; --curve-1: #7fabf7; --curve-2: #f0a35a; --curve-3: #6fcf97; --curve-4: #c99be6; --good: #6fcf97; --bad: #f58a76; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif }
main { max-width: 1000px; margin: 0 auto; padding: 40px 24px 64px }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px }
h2 { font-size: 19px; margin: 40px 0 12px }
h3 { font-size: 15px; margin: 20px 0 8px }
p { margin: 4px 0 } .soft { color: var(--soft) }
section.card, .tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; margin: 0 0 14px; overflow-x: auto }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 12px }
.tiles > div { margin: 0 } .tiles .value { font-size: 25px; font-variant-numeric: tabular-nums } .tiles .value .soft { font-size: 13px }
.tiles .good { color: var(--good) } .tiles .bad { color: var(--bad) }
table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; margin: 6px 0 10px }
th, td { padding: 4px 16px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top } th { color: var(--soft); font-weight: 600 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 20px; margin: 0 } dt { color: var(--soft) } dd { margin: 0 }
pre { margin: 0; font: 12.5px/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; white-space: pre }
.charts { display: flex; flex-wrap: wrap; gap: 8px 24px }
svg { max-width: 100%; height: auto } svg text { fill: var(--soft); font: 12px system-ui, Helvetica, Arial, sans-serif }
svg .grid { stroke: var(--line) } svg .axis { stroke: var(--soft) }
.legend span { margin-right: 16px; white-space: nowrap } .legend i { display: inline-block; width: 10px; height: 10px; border-radius: 5px; margin-right: 6px }
section.card img { display: block; max-width: 100%; max-height: 620px; background: #fff; border-radius: 6px; margin-top: 10px }
section.card > h3:first-child { margin-top: 0 }
.warning { border-left: 3px solid var(--curve-2); padding-left: 10px; margin: 8px 0 }
@media print { body { background: #fff } section.card { break-inside: avoid } }
`
