import { type Context, Metric } from "effect"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"

/** Counts one answer of a route. */
export type CountAnswer = (status: number) => void

/**
 * Every folder makes its metrics with effect's own `Metric` in the `MetricRegistry` of its context. Counts of requests
 * are plain numbers that the registry reads when it is asked: one lookup a request.
 *
 * @param route the route as the contract spells it, so that no client can make new series.
 */
export const requestCounter =
  (context: Context.Context<never>) =>
  (method: string, route: string): CountAnswer => {
    const series = new Map<number, { value: number }>()
    const seriesOf = (status: number) => {
      const count = { value: 0 }
      const metric = Metric.counter("openpact_http_requests_total", {
        description: "Requests answered",
        attributes: { method, route, status: String(status) },
        incremental: true
      })
      Metric.registerUnsafe(metric, context, {
        get: () => ({ count: count.value, incremental: true }),
        update: () => {},
        modify: () => {}
      })
      series.set(status, count)
      return count
    }
    return (status) => {
      const count = series.get(status) ?? seriesOf(status)
      count.value++
    }
  }

/** All metrics of a context as Prometheus text. */
export const metricsText = (context: Context.Context<never>): string => PrometheusMetrics.formatUnsafe(context)
export const metricsType = "text/plain; version=0.0.4; charset=utf-8"
