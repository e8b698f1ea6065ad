/** What a method sends. */
export interface Route {
  /** Where the method stands: its name, or the name of its group before it. */
  readonly place: ReadonlyArray<string>
  readonly method: string
  readonly path: string
  readonly kind?: "text" | "list" | "rows" | "changes" | "events"
  /** The field of a row that `after` takes. */
  readonly by?: string
  readonly query?: ReadonlyArray<string>
  /** By the option that sets them. */
  readonly headers?: Readonly<Record<string, string>>
  /** Absent where the route takes none. */
  readonly body?: "must" | "may"
  /** True where the daemon answers the same request under the same key with what it answered first. */
  readonly keyed?: true
  /** True where it needs no token. */
  readonly open?: true
}
