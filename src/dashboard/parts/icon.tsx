import type { Screen } from "../route.ts"

type Name =
  Screen | "search" | "copy" | "close" | "back" | "more" | "sun" | "moon" | "auto" | "exit" | "reply" | "check"

/** Strokes on a grid of 24. */
const strokes: Readonly<Record<Name, string>> = {
  overview: "M3 12h4l3-7 4 14 3-7h4",
  knowledge: "M4 5c3-1 6-1 8 1v14c-2-2-5-2-8-1zM20 5c-3-1-6-1-8 1v14c2-2 5-2 8-1z",
  tasks: "M4 5h4v14H4zM10 5h4v9h-4zM16 5h4v5h-4z",
  skills: "M12 3l2.6 5.6 6 .8-4.4 4.2 1.1 6-5.3-3-5.3 3 1.1-6L3.4 9.4l6-.8z",
  messages: "M4 5h16v11H9l-5 4z",
  network: "M12 5.5v5M12 10.5l-5.5 6M12 10.5l5.5 6M12 3.2v.1M5.2 18.5v.1M18.8 18.5v.1",
  pacts: "M9 7a5 5 0 1 0 0 10M15 7a5 5 0 1 1 0 10M9 17a5 5 0 0 0 0-10M15 17a5 5 0 0 1 0-10",
  trace: "M5 6h5v4H5zM14 14h5v4h-5zM7.5 10v6H14",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20",
  copy: "M8 8h11v11H8zM5 16V5h11",
  close: "M6 6l12 12M18 6L6 18",
  back: "M14 5l-7 7 7 7",
  more: "M6 9l6 6 6-6",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M5 19l1.4-1.4M17.6 6.4L19 5",
  moon: "M19 14.5A7.5 7.5 0 0 1 9.5 5 7.5 7.5 0 1 0 19 14.5z",
  auto: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16",
  exit: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  reply: "M10 6L4 12l6 6M4 12h9a6 6 0 0 1 6 6",
  check: "M5 12.5l4.5 4.5L19 7.5"
}

/** A picture beside words that say the same, so it is hidden from those who are read to. */
export const Icon = ({ name }: { readonly name: Name }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={strokes[name]} />
  </svg>
)
