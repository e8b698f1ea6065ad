import { batch, signal } from "@preact/signals"
import type { EventName } from "../domain/events.ts"
import type { Entry, Task } from "./api.ts"
import { headers } from "./api.ts"
import { sessionOver, signedOut } from "./session.ts"

/** One event of the daemon. `lost` is our own: something may have been missed, so what is shown has to be read anew. */
export interface Happening {
  readonly event: Exclude<EventName, "hello" | "resync"> | "lost"
  readonly data: {
    readonly pact_id?: string
    readonly entry?: Entry
    readonly task?: Task
    readonly id?: string
    readonly upto?: string
    readonly agent_id?: string
  }
}

/** How the page stands to the daemon. */
export type Link = { readonly state: "opening" | "live" } | { readonly state: "away"; readonly next: number }
export const link = signal<Link>({ state: "opening" })

const listeners = new Set<(happened: Happening) => void>()

/** Tells of every event until the answer is called. */
export const listen = (listener: (happened: Happening) => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

const tell = (happened: Happening) => {
  for (const listener of listeners) listener(happened)
}

let lastId: string | undefined
/** The daemon sends something every 15 s. A link that is silent for longer is none. */
const silence = 40_000
const waits = [500, 1000, 2000, 4000, 8000, 15_000]
let wake: () => void = () => {}

/** Keeps the stream open for as long as the page lives and is signed in. */
export const follow = async (): Promise<void> => {
  for (let failures = 0; signedOut.peek() === null;) {
    const lasted = await readStream().catch(() => false)
    if (signedOut.peek() !== null) return
    failures = lasted ? 0 : failures + 1
    const wait = waits[Math.min(failures, waits.length - 1)]!
    link.value = { state: "away", next: Date.now() + wait }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** Tries at once. */
export const retryNow = (): void => wake()
addEventListener("online", retryNow)

/** Reads one stream to its end. True if anything came. */
const readStream = async (): Promise<boolean> => {
  const abort = new AbortController()
  let timer = setTimeout(() => abort.abort(), silence)
  try {
    const response = await fetch("/v1/events", {
      headers: headers(lastId === undefined ? {} : { "last-event-id": lastId }),
      credentials: "same-origin",
      signal: abort.signal
    })
    if (response.status === 401) sessionOver("This session is over.")
    if (!response.ok || response.body === null) return false
    let rest = ""
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (let came = false; ; came = true) {
      const { done, value } = await reader.read()
      if (done) return came
      clearTimeout(timer)
      timer = setTimeout(() => abort.abort(), silence)
      const blocks = (rest + value).split("\n\n")
      rest = blocks.pop() ?? ""
      batch(() => blocks.forEach(take))
    }
  } finally {
    clearTimeout(timer)
    abort.abort()
  }
}

const take = (block: string): void => {
  let event = ""
  let data = ""
  for (const line of block.split("\n")) {
    if (line.startsWith("id: ")) lastId = line.slice(4)
    else if (line.startsWith("event: ")) event = line.slice(7)
    else if (line.startsWith("data: ")) data += line.slice(6)
  }
  if (event === "hello") link.value = { state: "live" }
  else if (event === "resync") tell({ event: "lost", data: JSON.parse(data) })
  else if (event !== "") tell({ event: event as Happening["event"], data: JSON.parse(data) })
}
