import type { ComponentChildren } from "preact"
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"

interface ListProps<Item> {
  readonly items: ReadonlyArray<Item>
  readonly keyOf: (item: Item) => string
  /** The height of every row, rem. */
  readonly height: number
  /** What a row holds. It has one link or button, which takes the focus. */
  readonly row: (item: Item) => ComponentChildren
  readonly label: string
  /** Called when the end comes near. */
  readonly onEnd?: () => void
  /** The key of the row that is open beside the list. */
  readonly open?: string | null
}

const ahead = 8

/**
 * A list of any length with only those rows in the page that can be seen. What arrives on top moves nothing that
 * somebody is reading. Arrow keys, Home and End go through it.
 */
export const List = <Item,>({ height, items, keyOf, label, onEnd, open, row }: ListProps<Item>) => {
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, room: 800, rem: 16 })
  const [active, setActive] = useState<string | null>(null)
  const wantsFocus = useRef(false)
  const top = useRef<{ readonly key: string; readonly offset: number } | null>(null)
  const rowPx = height * view.rem

  const measure = () => {
    const element = box.current
    if (element === null) return
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
    const seen = { top: element.scrollTop, room: element.clientHeight, rem }
    setView((old) => (old.top === seen.top && old.room === seen.room && old.rem === rem ? old : seen))
    const index = Math.floor(seen.top / (height * rem))
    const first = items[index]
    top.current =
      first === undefined || index === 0 ? null : { key: keyOf(first), offset: seen.top - index * height * rem }
  }

  useEffect(() => {
    const observer = new ResizeObserver(measure)
    observer.observe(box.current!)
    return () => observer.disconnect()
  }, [])

  // What is read stays where it is when others come above it.
  useLayoutEffect(() => {
    const held = top.current
    const element = box.current
    if (held === null || element === null) return
    const index = items.findIndex((item) => keyOf(item) === held.key)
    const wanted = index * rowPx + held.offset
    if (index >= 0 && Math.abs(element.scrollTop - wanted) > 1) element.scrollTop = wanted
  }, [items])

  const first = Math.max(0, Math.floor(view.top / rowPx) - ahead)
  const last = Math.min(items.length, Math.ceil((view.top + view.room) / rowPx) + ahead)
  useEffect(() => {
    if (last >= items.length - 1) onEnd?.()
  }, [last, items.length])

  const at = Math.max(
    0,
    items.findIndex((item) => keyOf(item) === (active ?? open))
  )
  useLayoutEffect(() => {
    if (!wantsFocus.current) return
    wantsFocus.current = false
    box.current?.querySelector<HTMLElement>(`[data-index="${at}"] :is(a, button)`)?.focus({ preventScroll: true })
  })

  const move = (to: number) => {
    const index = Math.min(items.length - 1, Math.max(0, to))
    const element = box.current
    const item = items[index]
    if (element === null || item === undefined) return
    if (index * rowPx < element.scrollTop) element.scrollTop = index * rowPx
    else if ((index + 1) * rowPx > element.scrollTop + element.clientHeight) {
      element.scrollTop = (index + 1) * rowPx - element.clientHeight
    }
    wantsFocus.current = true
    setActive(keyOf(item))
    measure()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(view.room / rowPx) - 1)
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: items.length - 1,
      PageDown: at + page,
      PageUp: at - page
    }[event.key]
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    move(to)
  }

  return (
    <div class="list" ref={box} onScroll={measure} onKeyDown={onKeyDown}>
      <div class="list-all" role="list" aria-label={label} style={{ height: `${items.length * height}rem` }}>
        {items.slice(first, last).map((item, i) => {
          const key = keyOf(item)
          const index = first + i
          return (
            <div
              key={key}
              role="listitem"
              class={key === open ? "list-row open" : "list-row"}
              data-index={index}
              data-rover={index === at ? "" : undefined}
              aria-posinset={index + 1}
              aria-setsize={items.length}
              style={{ top: `${index * height}rem`, height: `${height}rem` }}
              onFocusIn={() => setActive(key)}
            >
              {row(item)}
            </div>
          )
        })}
      </div>
    </div>
  )
}
