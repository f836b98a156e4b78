import { validateIdentityPolicy, validateTrustPolicy } from '@cloud-copilot/iam-policy'
import t from 'tap'
import { partitions } from '../../src/iam/partition.js'
import { taskPolicies } from '../../src/iam/task-policies.js'
import { trustPolicy } from '../../src/iam/trust-policy.js'

// Held against the grammar of IAM policies by somebody else's validator.

t.test('what taskfence prints is a policy of IAM', async t => {
  for (const partition of partitions) {
    const trust = trustPolicy({ account: '111122223333', region: 'eu-west-1', partition })
    t.same(validateTrustPolicy(trust), [], `trust policy, ${partition}`)
    for (const [name, policy] of Object.entries(taskPolicies))
      t.same(
        validateIdentityPolicy(policy({ buckets: ['web', 'web.logs'], partition })),
        [],
        `${name}, ${partition}`,
      )
  }
})

t.test('the validator can say no', async t => {
  const trust = trustPolicy({ account: '111122223333', region: 'eu-west-1', partition: 'aws' })
  t.not(validateIdentityPolicy(trust).length, 0, 'a trust policy grants nothing')
  t.not(
    validateTrustPolicy({ ...trust, Statement: [{ ...trust.Statement[0], Effect: 'allow' }] }).length,
    0,
    'an effect',
  )
  t.not(
    validateTrustPolicy({ ...trust, Statement: [{ ...trust.Statement[0], Conditions: {} }] }).length,
    0,
    'an element',
  )
})
