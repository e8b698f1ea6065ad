import { type Context, Metric } from "effect"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"

/** Counts answered requests by route and status. */
export interface RequestCounts {
  /** @param path the route as the contract spells it, so that no client can make new series. */
  readonly count: (method: string, path: string, status: number) => void
}

/**
 * Every folder makes its metrics with effect's own `Metric` in the `MetricRegistry` of its context. Counts of requests
 * are plain numbers that the registry reads when it is asked: one lookup a request.
 */
export const makeRequestCounts = (context: Context.Context<never>): RequestCounts => {
  const series = new Map<string, { value: number }>()
  const seriesOf = (method: string, path: string, status: number, key: string) => {
    const count = { value: 0 }
    const metric = Metric.counter("openpact_http_requests_total", {
      description: "Requests answered",
      attributes: { method, route: path, status: String(status) },
      incremental: true
    })
    Metric.registerUnsafe(metric, context, {
      get: () => ({ count: count.value, incremental: true }),
      update: () => {},
      modify: () => {}
    })
    series.set(key, count)
    return count
  }
  return {
    count: (method, path, status) => {
      const key = `${status}${method}${path}`
      const count = series.get(key) ?? seriesOf(method, path, status, key)
      count.value++
    }
  }
}

/** All metrics of a context as Prometheus text. */
export const metricsText = (context: Context.Context<never>): string => PrometheusMetrics.formatUnsafe(context)
export const metricsType = "text/plain; version=0.0.4; charset=utf-8"
