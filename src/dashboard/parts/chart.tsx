import { count, momentOf, span } from "../text.ts"

interface ChartProps {
  /** Times, ms, in any order. */
  readonly times: ReadonlyArray<number>
  /** True where there are older ones that are not in here. */
  readonly more: boolean
  readonly now: number
}

const bars = 48
const spans = [
  10 * 60_000,
  3_600_000,
  6 * 3_600_000,
  24 * 3_600_000,
  3 * 86_400_000,
  7 * 86_400_000,
  14 * 86_400_000,
  30 * 86_400_000,
  365 * 86_400_000
]

/** How many entries came when: as far back as all of them are known, in one of a few spans. */
export const Chart = ({ more, now, times }: ChartProps) => {
  const past = times.filter((time) => time <= now + 60_000)
  const oldest = past.reduce((least, time) => Math.min(least, time), now)
  // A span that reaches past the oldest that is known would show gaps that are none.
  const fits = spans.filter((ms) => !more || now - ms >= oldest)
  const reach = (more ? fits.at(-1) : spans.find((ms) => now - ms <= oldest)) ?? (more ? spans[0]! : spans.at(-1)!)
  const start = now - reach
  const heights = Array.from({ length: bars }, () => 0)
  for (const time of past) {
    const bar = Math.min(bars - 1, Math.floor(((time - start) / reach) * bars))
    if (bar >= 0) heights[bar]!++
  }
  const most = Math.max(1, ...heights)
  const total = heights.reduce((sum, n) => sum + n, 0)
  const label = `${count(total, "entry", "entries")} in the last ${span(reach)}`
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${bars * 4} 40`} preserveAspectRatio="none" role="img" aria-label={label}>
        {heights.map((n, i) => {
          const h = n === 0 ? 0.6 : Math.max(2, (n / most) * 38)
          return (
            <rect class={n === 0 ? "none" : ""} x={i * 4 + 0.5} y={40 - h} width="3" height={h} rx="0.6">
              <title>{`${n} from ${momentOf(start + (i * reach) / bars)}`}</title>
            </rect>
          )
        })}
      </svg>
      <figcaption>
        <span>{span(reach)} ago</span>
        <span>{label}</span>
        <span>Now</span>
      </figcaption>
    </figure>
  )
}
