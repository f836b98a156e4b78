export const partitions = ['aws', 'aws-cn', 'aws-us-gov'] as const
export type Partition = (typeof partitions)[number]

/** The partition a region lies in; null for a region of any other, and for what is no region. */
export const partitionOf = (region: string): Partition | null =>
  partitions.find(partition => regions[partition].test(region)) ?? null

/** Forms of the regions' names, as the endpoint rules of the AWS SDKs have them. */
const regions: Readonly<Record<Partition, RegExp>> = {
  aws: /^(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+$/,
  'aws-cn': /^cn-[a-z]+-\d+$/,
  'aws-us-gov': /^us-gov-[a-z]+-\d+$/,
}
