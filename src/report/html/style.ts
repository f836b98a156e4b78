/** The whole look of the page: no font, picture or script comes from anywhere else. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fbfbf9; --card: #fff; --ink: #1c1f23; --soft: #5a626c; --line: #d5d9de;
  --good: #13703c; --good-bg: #e4f3e9; --broken: #b3261e; --broken-bg: #fce8e6;
  --unknown: #7a5200; --unknown-bg: #fff2d6; --calm: #e9ecf0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --card: #1d2125; --ink: #e8eaed; --soft: #a3abb5; --line: #3a4149;
    --good: #7ddba0; --good-bg: #16341f; --broken: #ff9a92; --broken-bg: #48191a;
    --unknown: #ffd479; --unknown-bg: #3f2f0c; --calm: #2a3037;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere;
}
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 0; }
.host, h3 .soft { font-weight: 400; }
p { margin: .35rem 0; }
code, pre { font: .875em/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; white-space: pre-wrap; }
pre { margin: .5rem 0 0; }
a { color: inherit; }
:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; border-radius: 4px; }
.soft { color: var(--soft); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; z-index: 1; }
.verdict { margin: 1.25rem 0; padding: 1rem 1.25rem; border-left: .4rem solid; border-radius: .4rem; font-size: 1.1rem; }
.verdict p { margin: 0; }
.good.verdict, .good.tag { color: var(--good); background: var(--good-bg); }
.broken.verdict, .broken.tag { color: var(--broken); background: var(--broken-bg); }
.unknown.verdict, .unknown.tag { color: var(--unknown); background: var(--unknown-bg); }
.observed.tag { background: var(--calm); }
.tag { display: inline-block; padding: 0 .6em; border-radius: 1em; font-size: .875rem; white-space: nowrap; }
.mark { display: inline-block; width: 1.5em; font-weight: 700; }
.mark.good { color: var(--good); }
.mark.broken { color: var(--broken); }
.mark.unknown, .mark.waiting { color: var(--unknown); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .9rem 1rem; margin: .75rem 0; }
.told { list-style: none; margin: 0; padding: 0; }
.card > ul { list-style: none; margin: .5rem 0 0; padding: 0; }
.card > ul > li { padding: .35rem 0 .35rem 1.6rem; text-indent: -1.6rem; border-top: 1px solid var(--line); }
.card ul ul, .card details ul { list-style: none; margin: 0; padding: 0 0 0 1.1rem; }
.card details li { padding: .2rem 0; }
.card details li > p { margin: 0 0 0 1.5em; }
.card > ul:first-child { margin: 0; }
.card > ul:first-child > li:first-child { border-top: 0; }
.card > ul > li > * { text-indent: 0; }
.card > ul > li > code, .card > ul > li > p { display: block; margin: .15rem 0 0; }
details > summary { cursor: pointer; padding: .25rem 0; }
figure { margin: .75rem 0 0; padding: .75rem 0 0; border-top: 1px solid var(--line); }
figcaption { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; }
.rule { margin: .5rem 0 0; display: block; }
.path { list-style: none; margin: .6rem 0 0; padding: 0; display: flex; flex-direction: column; }
.path > li { display: flex; flex-direction: column; align-items: stretch; }
.arrow { width: 20px; height: 24px; align-self: center; color: var(--soft); transform: rotate(90deg); flex: none; }
.station { border: 2px solid var(--line); border-radius: .4rem; padding: .35rem .7rem; text-align: center; background: var(--paper); }
.station b { display: block; font-weight: 600; }
.station small { display: block; color: var(--soft); }
.station.decides small { color: inherit; }
.station.never-reached { border-style: dashed; color: var(--soft); }
.station.perhaps { border-style: dotted; border-color: var(--unknown); }
.holds .station.decides { border-color: var(--good); color: var(--good); background: var(--good-bg); }
.broken .station.decides { border-color: var(--broken); color: var(--broken); background: var(--broken-bg); }
.unknown .station.perhaps small { color: var(--unknown); }
@media (min-width: 44rem) {
  .path, .path > li { flex-direction: row; align-items: center; }
  .path > li { flex: 0 1 auto; min-width: 0; }
  .arrow { transform: none; width: 28px; }
  .station { min-width: 6.5rem; }
}
@media print {
  body { background: none; }
  .card { break-inside: avoid; }
}
`
