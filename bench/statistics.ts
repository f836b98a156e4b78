export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export interface Figure {
  readonly what: string
  readonly measured: string
  readonly ratio: number
  /** "≤ 2.5" */
  readonly must: string
  readonly met: boolean
}

export function figure(
  what: string,
  measured: string,
  ratio: number,
  sign: '≤' | '≥',
  bound: number,
): Figure {
  const met = sign === '≤' ? ratio <= bound : ratio >= bound
  return { what, measured, ratio, must: `${sign} ${bound}`, met }
}

export const table = (figures: readonly Figure[]): string =>
  figures
    .map(({ what, measured, ratio, must, met }) =>
      [met ? 'met  ' : 'MISSED', ratio.toFixed(2).padStart(8), must.padEnd(7), `${what}  (${measured})`].join(
        '  ',
      ),
    )
    .join('\n')

export const ms = (value: number): string => `${value.toFixed(1)} ms`
