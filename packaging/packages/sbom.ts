/** What package-lock.json says, of which only this is read. */
export interface Lock {
  readonly packages: Readonly<Record<string, Locked>>
}

interface Locked {
  readonly version?: string
  readonly integrity?: string
  readonly license?: string
}

interface Made {
  readonly version: string
  /** Folders of the packages whose code is in the program: "node_modules/yargs". */
  readonly bundled: readonly string[]
  readonly lock: Lock
  readonly runtimes: readonly { readonly name: string; readonly integrity: string }[]
  readonly at: Date
}

/**
 * The bill of materials (CycloneDX 1.5): each package whose code is in the program, and each Node that executables bring,
 * with the hash that was asked for when it was fetched. Made from what the bundler read, as `npm sbom --omit dev` leaves
 * out what a development package needs too. Pure; throws where the lockfile does not know a package.
 */
export const sbom = ({ version, bundled, lock, runtimes, at }: Made): string =>
  `${JSON.stringify(
    {
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      version: 1,
      metadata: {
        timestamp: at.toISOString(),
        component: {
          type: 'application',
          'bom-ref': `taskfence@${version}`,
          name: 'taskfence',
          version,
          licenses: licenses('Apache-2.0'),
        },
      },
      components: [
        ...bundled.map(folder => library(folder, lock.packages[folder])),
        ...runtimes.map(({ name, integrity }) => {
          const [of = '', its = ''] = name.split('@')
          return component('platform', of, its, integrity, 'MIT')
        }),
      ],
    },
    null,
    2,
  )}\n`

function library(folder: string, locked: Locked | undefined) {
  const name = folder.split('node_modules/').at(-1) ?? ''
  if (locked?.version === undefined || locked.integrity === undefined)
    throw new Error(`package-lock.json has no version and hash of ${folder}`)
  return component('library', name, locked.version, locked.integrity, locked.license)
}

const component = (
  type: 'library' | 'platform',
  name: string,
  version: string,
  integrity: string,
  license: string | undefined,
) => ({
  type,
  'bom-ref': `${name}@${version}`,
  name,
  version,
  purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
  hashes: [{ alg: 'SHA-512', content: hex(integrity) }],
  ...(license === undefined ? {} : { licenses: licenses(license) }),
})

const licenses = (id: string) => [{ license: { id } }]

/** "sha512-…" as the lockfile has it, in base64. */
const hex = (integrity: string): string =>
  Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex')
