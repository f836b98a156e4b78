import * as z from 'zod/mini'
import type { ControlId } from '../../model/policy.js'
import { isSchedule } from '../../triggers/schedule.js'
import { bridgeFault, cidrFault, familyFault, reasonFault } from './allowance.js'
import { defaults } from './defaults.js'

/** The shape of a policy file. Also the source of docs/policy.schema.json. */
export function policySchema(controls: readonly { readonly id: ControlId; readonly title: string }[]) {
  return describe(
    z.strictObject({
      $schema: z.optional(describe(z.string(), 'For editors; not read.')),
      controls: z.optional(
        describe(
          z.strictObject(
            Object.fromEntries(controls.map(({ id, title }) => [id, z.optional(describe(mode(), title))])),
          ),
          `What each control does; "${defaults.mode}" when left out${exceptions}.`,
        ),
      ),
      imdsAllow: z.optional(
        describe(z.array(allowance()), 'Who may reach the instance metadata service all the same, and why.'),
      ),
      persistence: z.optional(persistence()),
      onDrift: z.optional(
        describe(
          z.enum(['repair', 'report']),
          `What the daemon does about drift; "${defaults.onDrift}" when left out.`,
        ),
      ),
      watch: z.optional(watch()),
      audit: z.optional(audit()),
      metrics: z.optional(metrics()),
    }),
    'The policy of taskfence on one host.',
  )
}

const exceptions = Object.entries(defaults.modes)
  .map(([id, mode]) => `, "${mode}" for ${id}`)
  .join('')

/** A fresh one each time: two controls must not share one description. */
const mode = () => z.enum(['enforce', 'observe', 'off'])

function watch() {
  const { schedule, jitterSeconds, longestPauseMs, contest } = defaults.watch
  return describe(
    z.strictObject({
      schedule: z.optional(
        describe(
          checked(text => (isSchedule(text) ? undefined : 'expected a cron expression')),
          `The look that no event asks for, as a cron expression; "${schedule}" when left out.`,
        ),
      ),
      jitterSeconds: z.optional(
        describe(whole(0, 3600), `Up to so much later; ${jitterSeconds} when left out.`),
      ),
      longestPauseMs: z.optional(
        describe(
          whole(10, 60_000),
          `Between looks in a storm of changes that are none of ours, at most; ${longestPauseMs} when left out.`,
        ),
      ),
      contest: z.optional(
        describe(
          z.strictObject({
            repairs: z.optional(
              describe(
                whole(1, 1000),
                `More repairs of one entry than this; ${contest.repairs} when left out.`,
              ),
            ),
            minutes: z.optional(
              describe(whole(1, 1440), `In so many minutes; ${contest.minutes} when left out.`),
            ),
            holdMinutes: z.optional(
              describe(whole(1, 1440), `It is left alone for so long; ${contest.holdMinutes} when left out.`),
            ),
          }),
          'More than so many repairs of one entry in so many minutes: it is left alone for holdMinutes, and twice as long each time after. The fence is always put back.',
        ),
      ),
    }),
    'How the daemon looks.',
  )
}

function audit() {
  const { megabytes, files } = defaults.audit
  return describe(
    z.strictObject({
      megabytes: z.optional(
        describe(whole(1, 1024), `A file past so many MiB is put aside; ${megabytes} when left out.`),
      ),
      files: z.optional(describe(whole(1, 100), `So many files are kept; ${files} when left out.`)),
    }),
    'How much of the audit log is kept.',
  )
}

const metrics = () =>
  describe(
    z.strictObject({
      textfile: z.optional(
        describe(
          checked(textfileFault),
          "A file for node_exporter's textfile collector; none when left out.",
        ),
      ),
      socket: z.optional(
        describe(checked(pathFault), 'A unix socket with GET /metrics; none when left out.'),
      ),
      port: z.optional(describe(whole(1, 65_535), 'A port of 127.0.0.1 with the same; none when left out.')),
    }),
    'Where the daemon tells Prometheus what it sees.',
  )

const pathFault = (text: string) =>
  /^\/(?!.*\/\.\.?(\/|$)).*[^/]$/.test(text) ? undefined : 'expected a path that begins with "/"'
const textfileFault = (text: string) =>
  pathFault(text) ?? (text.endsWith('.prom') ? undefined : 'expected a name that ends with ".prom"')

const whole = (least: number, most: number) =>
  checkedNumber(number =>
    Number.isInteger(number) && number >= least && number <= most
      ? undefined
      : `expected a whole number from ${least} to ${most}`,
  )

const persistence = () =>
  describe(
    z.strictObject({
      failClosed: z.optional(describe(z.boolean(), 'Docker does not start without the fence.')),
      nftablesInclude: z.optional(
        describe(z.boolean(), "The distribution's nftables file loads the fence as it flushes it."),
      ),
    }),
    'How hard the fence is held at boot; both false when left out.',
  )

function allowance() {
  const shape = z.strictObject({
    bridge: z.optional(describe(checked(bridgeFault), 'The name of one bridge: no pattern.')),
    cidr: z.optional(describe(checked(cidrFault), 'Source addresses: IPv4 from /8, IPv6 from /16.')),
    family: z.optional(
      describe(
        checked(familyFault),
        'The family of a task definition: its running tasks in bridge and host network mode, and no more than those.',
      ),
    ),
    reason: describe(checked(reasonFault), 'Shown in every report.'),
  })
  const one = shape.check(
    z.refine(
      ({ bridge, cidr, family }) => [bridge, cidr, family].filter(said => said !== undefined).length === 1,
      {
        error: 'expected exactly one of "bridge", "cidr" and "family"',
      },
    ),
  )
  return one.register(z.globalRegistry, {
    oneOf: ['bridge', 'cidr', 'family'].map(name => ({ required: [name] })),
  })
}

/** A text in which `fault` finds nothing. */
const checked = (fault: (text: string) => string | undefined) =>
  z.string().check(
    z.check(payload => {
      const message = fault(payload.value)
      if (message !== undefined) payload.issues.push({ code: 'custom', message, input: payload.value })
    }),
  )

/** A number in which `fault` finds nothing. */
const checkedNumber = (fault: (number: number) => string | undefined) =>
  z.number().check(
    z.check(payload => {
      const message = fault(payload.value)
      if (message !== undefined) payload.issues.push({ code: 'custom', message, input: payload.value })
    }),
  )

const describe = <T extends z.core.$ZodType>(type: T, description: string): T => {
  z.globalRegistry.add(type, { description })
  return type
}
