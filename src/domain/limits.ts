/** Every limit that peers or clients can meet, in one place. Sizes are bytes of UTF-8, lengths are UTF-16 code units. */
export const limits = {
  /** One frame, the block of a writer's log: entries and bytes. */
  frameEntries: 256,
  frameBytes: 256 * 1024,
  /** The payload of one entry, as JSON. */
  payloadBytes: 64 * 1024,
  /** One entry as JSON: its payload, 64 refs and the rest of the envelope. */
  entryBytes: 80 * 1024,
  /** Nesting of an entry's JSON. Bounded before it is parsed, so that no peer runs out of stack where another does not. */
  jsonDepth: 32,
  refs: 64,
  topic: 200,
  title: 200,
  skillName: 200,
  displayName: 64,
  pactName: 64,
  pactPurpose: 200,
  worker: 64,
  /** The greatest timestamp a Date can hold, in ms. */
  timestamp: 8_640_000_000_000_000,
  /** The longest lease, in ms: ten years. */
  ttl: 315_360_000_000,
  /** A lease without a ttl, in ms. */
  leaseDefault: 24 * 60 * 60 * 1000,
  /** How far an entry's time may run ahead of the order before it for leases, in ms. */
  clockAhead: 24 * 60 * 60 * 1000,
  /** How long an invite may hold, and holds where nothing is said, in ms. */
  inviteTtlMin: 60_000,
  inviteTtlDefault: 7 * 24 * 60 * 60 * 1000,
  inviteTtlMax: 90 * 24 * 60 * 60 * 1000,
  /** The body of one HTTP request. */
  bodyBytes: 128 * 1024,
  pageDefault: 50,
  pageMax: 1000,
  searchDefault: 20,
  searchMax: 100
} as const
