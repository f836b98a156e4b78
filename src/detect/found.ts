/** A fact, or the reason why it could not be told; sometimes both. */
export interface Found<T> {
  readonly fact: T
  readonly unknown?: string
}

/** Until told: whoever costs little, then the next until one tells. Everybody: to hear who disagrees. */
export type Asking = 'until told' | 'everybody'
