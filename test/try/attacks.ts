/** Something that happens to rules in real life. */
export interface Attack {
  readonly title: string
  /** Of the rules of FORWARD as `iptables -S` prints them. */
  readonly commands: (forward: readonly string[]) => readonly (readonly string[])[]
  /** What is left of the credentials while it lasts. */
  readonly keepsCredentials: boolean
  /** The exit code of `taskfence check` afterwards. */
  readonly check: 1 | 2
}

const iptables = (rest: string): readonly string[] => ['iptables', ...rest.split(' ')]

export const attacks: readonly Attack[] = [
  {
    title: 'Somebody flushes the chains and lets everything be forwarded',
    commands: () => [iptables('-F DOCKER-USER'), iptables('-F FORWARD'), iptables('-P FORWARD ACCEPT')],
    keepsCredentials: true,
    check: 2,
  },
  {
    title: 'Somebody puts an ACCEPT above everything',
    commands: () => [iptables('-I FORWARD 1 -j ACCEPT'), iptables('-I DOCKER-USER 1 -j ACCEPT')],
    keepsCredentials: true,
    check: 2,
  },
  {
    title: 'Somebody removes the jump to DOCKER-USER',
    commands: forward =>
      forward
        .filter(rule => rule.endsWith(' -j DOCKER-USER'))
        .map(rule => iptables(rule.replace('-A', '-D'))),
    keepsCredentials: true,
    check: 2,
  },
  {
    title: 'Somebody removes every rule of this host, the fence too',
    commands: () => [['nft', 'flush', 'ruleset']],
    keepsCredentials: false,
    check: 1,
  },
]
