import { signal } from "@preact/signals"
import type { PactEvent } from "../sdk/promise/browser.ts"
import { client, type Entry, streamOpened, type Task } from "./api.ts"
import { signedOut } from "./session.ts"

/** One event of the daemon. `lost` is our own: something may have been missed, so what is shown has to be read anew. */
export interface Happening {
  readonly event: Exclude<PactEvent["event"], "hello" | "resync"> | "lost"
  readonly data: {
    readonly pact_id?: string
    readonly entry?: Entry
    readonly task?: Task
    readonly id?: string
    readonly upto?: string
  }
}

/** How the page stands to the daemon. */
export const link = signal<"opening" | "live" | "away">("opening")

const listeners = new Set<(happened: Happening) => void>()

/** Tells of every event until the answer is called. */
export const listen = (listener: (happened: Happening) => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

const tell = (happened: Happening) => {
  for (const listener of listeners) listener(happened)
}

/** How long is waited where nobody was met yet, ms. From then on the stream itself goes on trying. */
const pause = 1000

/** Follows the daemon for as long as the page lives and is signed in. */
export const follow = async (): Promise<void> => {
  let lastEventId: string | undefined
  // The stream is asked for anew: the one before is gone.
  streamOpened.tell = () => {
    if (link.peek() === "live") link.value = "away"
  }
  while (signedOut.peek() === null) {
    try {
      for await (const { data, event, id } of client.events.stream({ lastEventId })) {
        lastEventId = id ?? lastEventId
        if (event === "hello") link.value = "live"
        else if (event === "resync") tell({ event: "lost", data })
        else tell({ event, data } as Happening)
      }
    } catch {
      link.value = "away"
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}
