/** A fact, or the reason why it could not be told; sometimes both. */
export interface Found<T> {
  readonly fact: T
  readonly unknown?: string
}
