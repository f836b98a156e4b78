import { readFileSync, writeFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import * as z from 'zod/mini'
import { policySchema } from '../../src/cli/policy/schema.js'
import { controls } from '../../src/controls/index.js'

t.test('docs/policy.schema.json is this schema, and means the same', t => {
  const path = 'docs/policy.schema.json'
  const schema = z.toJSONSchema(policySchema(controls))
  const text = `${JSON.stringify(schema, null, 2)}\n`
  if (process.env['GOLDEN'] === 'write') writeFileSync(path, text)
  t.equal(readFileSync(path, 'utf8'), text)
  const validate = new Ajv2020({ strictRequired: false }).compile(JSON.parse(text) as object)
  t.equal(
    validate({ controls: { 'imds-bridge': 'observe' }, imdsAllow: [{ bridge: 'b', reason: 'x' }] }),
    true,
  )
  t.equal(validate({ imdsAllow: [{ bridge: 'b', cidr: '10.0.0.0/8', reason: 'x' }] }), false)
  t.equal(validate({ imdsAllow: [{ bridge: 'b' }] }), false)
  t.equal(validate({ controls: { 'imds-bridge': 'on' } }), false)
  t.equal(validate({ imdsAlow: [] }), false)
  t.end()
})
