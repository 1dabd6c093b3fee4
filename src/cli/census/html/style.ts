/** In the page itself: it loads nothing. Colours that are told apart by those who see few, on light and on dark. */
export const style = `
:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --panel: #f6f8fa;
  --current: #1f6feb; --outdated: #d4a000; --plaintext: #c62828; --unreadable: #8e24aa; --keyless: #5d4037; --unknown: #8c959f; }
@media (prefers-color-scheme: dark) {
  :root { --back: #0f1318; --text: #e6edf3; --soft: #9aa4af; --line: #30363d; --panel: #171c23;
    --current: #58a6ff; --outdated: #e3b341; --plaintext: #ff6b6b; --unreadable: #d29bf0; --keyless: #c8a08c; --unknown: #7d8590; }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 72rem; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2 } h2 { margin: 2.75rem 0 .75rem; font-size: 1.15rem }
p.when { margin: .3rem 0 0; color: var(--soft) }
.tiles { display: grid; gap: .75rem; margin: 1.5rem 0 0; padding: 0; list-style: none;
  grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)) }
.tiles li { padding: .8rem 1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--panel) }
.tiles b { display: block; font-size: 1.5rem; line-height: 1.25; font-variant-numeric: tabular-nums }
.tiles span { color: var(--soft) } .tiles li.bad { border-color: var(--plaintext) } .tiles li.bad b { color: var(--plaintext) }
figure { margin: 2.75rem 0 0 } figcaption { font-size: 1.15rem; font-weight: 600 }
svg { display: block; width: 100%; height: auto; margin: .5rem 0 } svg text { font-size: 13px; dominant-baseline: central }
svg .label { fill: var(--text) } svg .number { fill: var(--soft); font-variant-numeric: tabular-nums }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .5rem 0; padding: 0; list-style: none; color: var(--soft) }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .45em; border-radius: 2px }
.current { fill: var(--current); background: var(--current) } .outdated { fill: var(--outdated); background: var(--outdated) }
.plaintext { fill: var(--plaintext); background: var(--plaintext) } .keyless { fill: var(--keyless); background: var(--keyless) }
.unreadable { fill: var(--unreadable); background: var(--unreadable) } .unknown { fill: var(--unknown); background: var(--unknown) }
summary { color: var(--soft); cursor: pointer }
.wide { overflow-x: auto } .wide table { min-width: 58rem } .wide svg { min-width: 40rem }
table { width: 100%; margin-top: .5rem; border-collapse: collapse; font-size: 14px }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; font-weight: 400 }
thead th { color: var(--soft); white-space: nowrap } td, th[scope=row] { max-width: 20rem; overflow-wrap: break-word }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
footer { margin-top: 3rem; color: var(--soft) }
@media print { body { padding: 0; max-width: none } details { display: none } }
`
