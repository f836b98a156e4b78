import type { LintedFile, RoleKind } from '../model/iam.js'
import { parseArn } from './arn.js'
import { documentIn, type Document } from './documents.js'
import { lintAttached } from './lint-attached.js'
import { lintInstance } from './lint-instance.js'
import { lintPrincipals, type Assumers } from './lint-principals.js'
import { lintSource } from './lint-source.js'
import { lintTask } from './lint-task.js'
import { textOf, type ParsePart, type Part } from './part.js'
import { finding, unknown, type Remark } from './remark.js'
import { readStatements, type Statement } from './statements.js'
import { tasksService } from './trust-policy.js'

export interface Input {
  readonly file: string
  /** Its text, or why there is none. */
  readonly content: { readonly text: string } | { readonly because: string }
}

export interface Asked {
  /** Undefined: as the trust policies among the files tell; a task role where none does. */
  readonly role: RoleKind | undefined
  readonly account: string | undefined
}

/** What is wrong with the policies of one role. Never throws: what cannot be read is unknown. */
export function lint(inputs: readonly Input[], asked: Asked, parse: ParsePart): readonly LintedFile[] {
  const opened = inputs.map(input => ({ file: input.file, ...open(input, parse) }))
  const trusts = opened.flatMap(({ document }) =>
    document?.holds === 'trust policy' ? [roleOf(document.policy)] : [],
  )
  const told = [...new Set(trusts)]
  const role = asked.role ?? (told.length > 1 ? null : (told[0] ?? 'task'))
  return opened.map(({ file, document, fault }) => {
    if (document === undefined) return { file, holds: null, role: null, findings: [], unknown: [fault] }
    const own = document.holds === 'trust policy' ? (asked.role ?? roleOf(document.policy)) : role
    const remarks = remarksOn(document, own, asked)
    return { file, holds: document.holds, role: document.holds === null ? null : own, ...sorted(remarks) }
  })
}

type Opened =
  | { readonly document: Document; readonly fault?: never }
  | { readonly document?: never; readonly fault: LintedFile['unknown'][number] }

function open({ content }: Input, parse: ParsePart): Opened {
  if ('because' in content) return { fault: { path: '$', line: 1, because: content.because } }
  const parsed = parse(content.text)
  return 'part' in parsed ? { document: documentIn(parsed.part, parse) } : { fault: { path: '$', ...parsed } }
}

const instanceServices = ['ec2.amazonaws.com', 'ec2.amazonaws.com.cn', 'ssm.amazonaws.com']

/** Whose trust policy it is, by the service it lets in. */
function roleOf(policy: Part): RoleKind {
  const services = readStatements(policy)
    .statements.flatMap(({ principals }) => principals)
    .map(({ at }) => textOf(at))
  return services.some(name => instanceServices.includes(name)) && !services.includes(tasksService)
    ? 'instance'
    : 'task'
}

function remarksOn(document: Document, role: RoleKind | null, asked: Asked): readonly Remark[] {
  if (document.holds === null) return document.remarks
  if (document.holds === 'trust policy') {
    const { statements, remarks } = readStatements(document.policy)
    return [
      ...remarks,
      ...misfits(statements, 'Resource', 'a trust policy names no resource'),
      ...lintTrust(document, statements, role ?? 'task', asked),
    ]
  }
  if (document.holds === 'attached policies') {
    if (role === null) return [...document.remarks, unknown(document.at, whose)]
    return [...document.remarks, ...lintAttached(document.policies, role)]
  }
  if (role === null) return [unknown(document.policy, whose)]
  const { statements, remarks } = readStatements(document.policy)
  return [
    ...remarks,
    ...misfits(statements, 'Principal', 'permissions of a role name no principal'),
    ...(role === 'instance' ? lintInstance(statements) : lintTask(statements, role)),
  ]
}

const misfits = (statements: readonly Statement[], name: string, because: string): readonly Remark[] =>
  statements
    .flatMap(({ at }) => [at.at(name), at.at(`Not${name}`)])
    .filter(({ value }) => value !== undefined)
    .map(part => unknown(part, because))

const whose = 'the files hold trust policies of different roles: --role tells whose this is'

function lintTrust(
  { policy, roleArn }: Extract<Document, { readonly holds: 'trust policy' }>,
  statements: readonly Statement[],
  role: RoleKind,
  asked: Asked,
): readonly Remark[] {
  const self = roleArn === undefined ? undefined : textOf(roleArn)
  const arn = self === undefined ? null : parseArn(self)
  const allowing = statements.filter(({ effect }) => effect === 'Allow')
  const { serving, remarks } = lintPrincipals(policy, allowing, { ...assumers[role], self })
  const known = { account: arn?.account ?? asked.account, partition: arn?.partition }
  const denying = statements.filter(({ effect }) => effect === 'Deny')
  return [
    ...(roleArn === undefined || arn === null || asked.account === undefined || arn.account === asked.account
      ? []
      : [
          finding(
            'account-mismatch',
            roleArn,
            `the role is of account ${arn.account}, and --account says ${asked.account}`,
            'the account that the tasks run in',
          ),
        ]),
    ...remarks,
    // EC2 knows no such conditions.
    ...(role === 'instance' ? [] : serving.flatMap(statement => lintSource(statement, denying, known))),
  ]
}

const assumers: Readonly<Record<RoleKind, Omit<Assumers, 'self'>>> = {
  task: { services: [tasksService], whom: 'a task' },
  execution: { services: [tasksService], whom: 'ECS' },
  instance: { services: instanceServices, whom: 'the host' },
}

/** In the order of the file. */
function sorted(remarks: readonly Remark[]): Pick<LintedFile, 'findings' | 'unknown'> {
  const placed = [...remarks].sort((one, other) => one.at.line - other.at.line)
  return {
    findings: placed.flatMap(remark =>
      remark.kind === 'finding'
        ? [{ rule: remark.rule, ...placeOf(remark.at), why: remark.why, fix: remark.fix }]
        : [],
    ),
    unknown: placed.flatMap(remark =>
      remark.kind === 'unknown' ? [{ ...placeOf(remark.at), because: remark.because }] : [],
    ),
  }
}

const placeOf = ({ path, line }: Part) => ({ path, line })
