import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'

const schema = JSON.parse(readFileSync('docs/report.schema.json', 'utf8')) as Record<string, unknown>
const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  strictRequired: false,
  formats: { 'date-time': true },
})
ajv.addSchema(schema, 'report')

type Definition =
  'factsOnly' | 'proveReport' | 'explanations' | 'statusReport' | 'auditLog' | 'auditProof' | 'iamLint'

/** What is wrong with a text that the program printed, by the published schema. Empty: nothing. */
export function schemaFaults(text: string, definition?: Definition): readonly string[] {
  const validate = ajv.getSchema(definition === undefined ? 'report' : `report#/$defs/${definition}`)
  if (validate === undefined) throw new Error(`no such definition: ${definition ?? 'report'}`)
  void validate(JSON.parse(text))
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`)
}

/** Throws where JSON was asked for and standard output is anything else than the schema says of that command. */
export function mustBeAsPublished(args: readonly string[], stdout: string): void {
  if (!/(^| )--format[= ]json( |$)/.test(args.join(' ')) || stdout === '') return
  const faults = schemaFaults(stdout, definitionOf(args))
  if (faults.length > 0) throw new Error(`taskfence ${args.join(' ')}: ${faults.join('; ')}`)
}

function definitionOf(args: readonly string[]): Definition | undefined {
  const asks = (word: string) => args.includes(word)
  if (asks('audit')) return asks('--verify') ? 'auditProof' : 'auditLog'
  if (asks('iam')) return 'iamLint'
  return Object.entries(definitions).find(([command]) => asks(command))?.[1]
}

const definitions = {
  facts: 'factsOnly',
  prove: 'proveReport',
  explain: 'explanations',
  status: 'statusReport',
} as const
