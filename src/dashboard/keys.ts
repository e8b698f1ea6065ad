import { signal } from "@preact/signals"
import { go, place, type Screen } from "./route.ts"

/** The keys that go to a screen after `g`. */
export const screenKeys: ReadonlyArray<readonly [key: string, screen: Screen]> = [
  ["o", "overview"],
  ["k", "knowledge"],
  ["t", "tasks"],
  ["s", "skills"],
  ["m", "messages"],
  ["n", "network"],
  ["p", "pacts"],
  ["r", "trace"]
]

/** True while the list of keys is shown. */
export const helpShown = signal(false)

/** How long the second key of two may take, ms. */
const patience = 1500
let waiting = -Infinity

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** At once where it is there. Else the screen has to be made first, which takes a frame or two. */
const focusSearch = (tries = 10): void => {
  const field = document.querySelector<HTMLElement>("[data-search]")
  if (field !== null) field.focus()
  else if (tries > 0) requestAnimationFrame(() => focusSearch(tries - 1))
}

const onKey = (event: KeyboardEvent): void => {
  const { altKey, ctrlKey, key, metaKey, target, timeStamp } = event
  if (altKey || ctrlKey || metaKey || isTyping(target) || document.querySelector("dialog[open]") !== null) return
  const second = timeStamp - waiting < patience
  waiting = -Infinity
  if (second) {
    const screen = screenKeys.find(([letter]) => letter === key)?.[1]
    if (screen !== undefined) go({ screen })
    return
  }
  if (key === "g") waiting = timeStamp
  else if (key === "?") helpShown.value = true
  else if (key === "/") {
    event.preventDefault()
    if (place.value.screen !== "knowledge") go({ screen: "knowledge" })
    focusSearch()
  } else if (key === "Escape" && place.value.id !== null && place.value.screen !== "trace") {
    go({ screen: place.value.screen, query: place.value.query })
  }
}

export const listenToKeys = (): void => addEventListener("keydown", onKey)
