import { signal } from "@preact/signals"
import { useEffect } from "preact/hooks"

/** The time, ms, as of the last tick. Ticks only while something shows it. */
export const now = signal(Date.now())

const users = { second: 0, minute: 0 }
let timer: ReturnType<typeof setInterval> | undefined
let every = 0

const wind = () => {
  const wanted = users.second > 0 ? 1000 : users.minute > 0 ? 15_000 : 0
  if (wanted === every) return
  clearInterval(timer)
  every = wanted
  if (wanted > 0) timer = setInterval(() => (now.value = Date.now()), wanted)
}

/** The time, kept up to date while the component is there. */
export const useNow = (pace: "second" | "minute" = "minute"): number => {
  useEffect(() => {
    users[pace]++
    now.value = Date.now()
    wind()
    return () => {
      users[pace]--
      wind()
    }
  }, [pace])
  return now.value
}
