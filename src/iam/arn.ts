/** arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE, parts as written, wildcards included. */
export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/** null for what is no ARN. */
export function parseArn(text: string): Arn | null {
  const [lead, partition, service, region, account, ...resource] = text.split(':')
  if (lead !== 'arn' || !partition || !service || region === undefined || account === undefined) return null
  return resource.length === 0 ? null : { partition, service, region, account, resource: resource.join(':') }
}

export const isWild = (text: string): boolean => /[*?]/.test(text)

export const isAccount = (text: string): boolean => /^\d{12}$/.test(text)
