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

type Definition = 'factsOnly' | 'proveReport' | 'iamLint'

/** What is wrong with a text that the program printed, by the published schema. Empty: nothing. */
export function schemaFaults(text: string, definition?: Definition): readonly string[] {
  const validate = ajv.getSchema(definition === undefined ? 'report' : `report#/$defs/${definition}`)
  if (validate === undefined) throw new Error(`no such definition: ${definition ?? 'report'}`)
  void validate(JSON.parse(text))
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`)
}
