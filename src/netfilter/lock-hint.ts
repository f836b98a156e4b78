/** iptables(8): 4 is a resource problem, such as the xtables lock; it never means "absent". */
export const lockHint = (exitCode: number): { readonly hint: string } | undefined =>
  exitCode === 4
    ? { hint: 'somebody holds the xtables lock; try again, or see who with `fuser /run/xtables.lock`' }
    : undefined
