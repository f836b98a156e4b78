/** What a terminal shows, as a drawing: one file, without scripts or fonts from elsewhere. Pure. */
export function terminalPicture(shown: string): string {
  const lines = shown.replace(/\r/g, '').replace(/\n$/, '').split('\n')
  const columns = Math.max(...lines.map(line => line.replace(/\u001b\[[\d;]*m/g, '').length))
  const [width, height] = [columns * advance + 2 * margin, lines.length * leading + 2 * margin + bar]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A terminal: taskfence finds what is open, closes it, and proves it">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#16181d"/>`,
    ...['#e0443e', '#dea123', '#1aab29'].map(
      (colour, index) =>
        `<circle cx="${margin + 6 + 18 * index}" cy="${bar / 2 + 4}" r="5" fill="${colour}"/>`,
    ),
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#d7dae0">`,
    ...lines.map((line, row) => textLine(line, bar + margin + leading * row + 13)),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

const [advance, leading, margin, bar] = [7.8, 18, 14, 24]

/** Of "Select Graphic Rendition": the few that taskfence uses. */
const styles: Readonly<Record<string, string>> = {
  1: 'font-weight="bold"',
  2: 'fill="#8b919c"',
  31: 'fill="#ff6b66"',
  32: 'fill="#5fd787"',
  33: 'fill="#f0c454"',
}

function textLine(line: string, y: number): string {
  const parts = line.split(/\u001b\[([\d;]*)m/)
  let style = ''
  let column = 0
  const spans = parts.map((part, index) => {
    if (index % 2 === 1) {
      style = part
        .split(';')
        .map(code => styles[code] ?? '')
        .join(' ')
        .trim()
      return ''
    }
    const x = margin + column * advance
    column += part.length
    // Each at its own place: a font whose letters are narrower keeps the columns.
    return part === '' ? '' : `<tspan x="${x.toFixed(1)}" ${style}>${escaped(part)}</tspan>`
  })
  return `<text y="${y}">${spans.join('')}</text>`
}

/** Spaces that do not break are not drawn as one. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(' ', '\u00a0')
