/** What `node` runs to call a function whose text stands alone. */
export const programOf = (main: () => void): string => `(${main.toString()})()\n`
