/** The promise client for browsers and for whoever has an address and a token. Nothing of Node. */
export type { Client, Pact } from "./client.ts"
export { createClient, type CreateClientOptions } from "./create-client.ts"
export {
  ApiError,
  BadAnswerError,
  ConnectionError,
  type FieldFault,
  HomeError,
  NoDaemonError,
  OpenPactError,
  TimeoutError
} from "./errors.ts"
export type { EventStream, PactEvent } from "./events.ts"
export type { Feed } from "./feed.ts"
export * from "./generated/errors.ts"
export type { HostMethods, PactMethods } from "./generated/methods.ts"
export type * from "./generated/types.ts"
export type { Listing, Page, Rows } from "./listing.ts"
export type { CallOptions, ClientOptions, WriteOptions } from "./options.ts"
export type { HeldTask, WorkEvent, WorkOptions } from "./worker.ts"
