/** Where an entry stands: all that a decision may know besides the facts. */
export interface Place {
  readonly pactId: string
  /** The key of the log it was written to: the only proof of who wrote it. */
  readonly writer: string
  readonly id: string
  /** The entry's time for leases: its timestamp, bounded by the order before it. */
  readonly time: number
}
