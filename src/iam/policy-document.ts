/** A policy as this program writes it: the grammar's simplest forms only. */
export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Statement[]
}

export interface Statement {
  readonly Effect: 'Allow'
  /** Of a trust policy. */
  readonly Principal?: Readonly<Record<'Service', string>>
  readonly Action: string | readonly string[]
  /** Of a permission policy. */
  readonly Resource?: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>
}
