import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { type Happening, listen } from "../events.ts"

export interface Loaded<A> {
  readonly value: A | null
  readonly error: unknown
  readonly again: () => void
}

/**
 * What a call answers, read again whenever `stale` says that an event changed it. Answers that were overtaken by a later
 * question are dropped. At most one call is under way, and at most two a second.
 */
export const useLoad = <A>(load: () => Promise<A>, key: string, stale: (happened: Happening) => boolean): Loaded<A> => {
  const [state, setState] = useState<{ readonly value: A | null; readonly error: unknown }>({
    value: null,
    error: null
  })
  const turn = useRef(0)
  const again = useCallback(() => {
    const mine = ++turn.current
    load().then(
      (value) => mine === turn.current && setState({ value, error: null }),
      (error: unknown) => mine === turn.current && setState((old) => ({ ...old, error }))
    )
  }, [key])
  useEffect(() => {
    setState({ value: null, error: null })
    again()
    let timer: ReturnType<typeof setTimeout> | undefined
    const leave = listen((happened) => {
      if (happened.event !== "lost" && !stale(happened)) return
      timer ??= setTimeout(() => {
        timer = undefined
        again()
      }, 500)
    })
    return () => {
      turn.current++
      clearTimeout(timer)
      leave()
    }
  }, [key])
  return { ...state, again }
}
