/**
 * What `node` runs to call a function whose text stands alone. tsx wraps functions in calls of `__name`, which another
 * process does not have.
 */
export const programOf = (main: () => void): string =>
  `const __name = value => value;(${main.toString()})()\n`
