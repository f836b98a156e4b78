/** One way to undo the rules, in milliseconds since it was done. */
export interface Strip {
  readonly name: string
  readonly looks: readonly { readonly from: number; readonly to: number }[]
  /** When the kernel told of the rule that is back; null: it tells of none. */
  readonly back: number | null
  /** When everything was written and read back. */
  readonly repaired: number
  readonly entries: number
  /** Whom the daemon names. */
  readonly who: string | null
  readonly requests: { readonly asked: number; readonly answered: number }
}

const width = 960
const left = 250
const right = 930
const height = 120
/** The axis grows by tens: what matters happens in the first hundred milliseconds, the last look seconds later. */
const marks = [1, 10, 100, 1000, 5000]

const place = (ms: number): number =>
  left + ((right - left) * Math.log10(Math.max(ms, 1))) / Math.log10(marks.at(-1) ?? 1)

/** A picture of what happened when, that is read in light and in dark pages. */
export const timelineSvg = (strips: readonly Strip[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${strips.length * height + 70}" role="img" aria-label="How soon drift is seen and repaired">`,
    '<style>text{font:13px system-ui,sans-serif;fill:#24292f}.small{font-size:11px;fill:#57606a}.name{font-family:ui-monospace,monospace;font-size:12px}</style>',
    `<rect width="${width}" height="${strips.length * height + 70}" fill="#ffffff"/>`,
    ...strips.flatMap((strip, index) => stripLines(strip, 20 + index * height)),
    ...axis(20 + strips.length * height),
    '</svg>',
    '',
  ].join('\n')

function stripLines(strip: Strip, top: number): readonly string[] {
  const line = top + 40
  const { asked, answered } = strip.requests
  return [
    `<text class="name" x="10" y="${line + 4}">${escaped(strip.name)}</text>`,
    `<text class="small" x="10" y="${line + 22}">${escaped(strip.who === null ? 'nobody to name: a file in /proc' : `named: ${strip.who.slice(0, 32)}`)}</text>`,
    `<text class="small" x="10" y="${line + 38}">${asked} requests of a container: ${answered} answered</text>`,
    `<line x1="${left}" x2="${right}" y1="${line}" y2="${line}" stroke="#d0d7de"/>`,
    ...strip.looks
      .filter(({ to }) => to > 0)
      .map(
        ({ from, to }) =>
          `<rect x="${num(place(from))}" y="${line - 9}" width="${num(Math.max(2, place(to) - place(from)))}" height="18" rx="2" fill="#54aeff" fill-opacity="0.45"><title>a look, ${Math.round(from)} to ${Math.round(to)} ms</title></rect>`,
      ),
    `<circle cx="${left}" cy="${line}" r="6" fill="#cf222e"><title>undone</title></circle>`,
    ...(strip.back === null
      ? []
      : [tick(strip.back, line, '#1a7f37', `back ${Math.round(strip.back)} ms`, -16)]),
    tick(
      strip.repaired,
      line,
      '#0969da',
      `${strip.entries} ${strip.entries === 1 ? 'entry' : 'entries'} read back ${Math.round(strip.repaired)} ms`,
      26,
    ),
  ]
}

const tick = (ms: number, line: number, colour: string, words: string, offset: number): string =>
  `<line x1="${num(place(ms))}" x2="${num(place(ms))}" y1="${line - 13}" y2="${line + 13}" stroke="${colour}" stroke-width="2.5"/>` +
  `<text class="small" text-anchor="middle" x="${num(place(ms))}" y="${line + offset}">${words}</text>`

const axis = (top: number): readonly string[] => [
  ...marks.flatMap(ms => [
    `<line x1="${num(place(ms))}" x2="${num(place(ms))}" y1="24" y2="${top}" stroke="#eaeef2"/>`,
    `<text class="small" text-anchor="middle" x="${num(place(ms))}" y="${top + 16}">${ms < 1000 ? `${ms} ms` : `${ms / 1000} s`}</text>`,
  ]),
  `<circle cx="${left}" cy="${top + 36}" r="6" fill="#cf222e"/><text class="small" x="${left + 12}" y="${top + 40}">undone</text>`,
  `<rect x="${left + 90}" y="${top + 27}" width="22" height="18" rx="2" fill="#54aeff" fill-opacity="0.45"/><text class="small" x="${left + 118}" y="${top + 40}">a look</text>`,
  `<rect x="${left + 190}" y="${top + 27}" width="3" height="18" fill="#1a7f37"/><text class="small" x="${left + 200}" y="${top + 40}">the kernel tells of the first rule that is back</text>`,
  `<rect x="${left + 480}" y="${top + 27}" width="3" height="18" fill="#0969da"/><text class="small" x="${left + 490}" y="${top + 40}">all written and read back</text>`,
]

const num = (value: number): string => value.toFixed(1)
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
