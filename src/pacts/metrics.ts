import { Effect, Metric } from "effect"
import type { Batch } from "../projection/batch.ts"
import type { Pact } from "./Pact.ts"

const gauge = (name: string, description: string) => Metric.gauge(`openpact_pact_${name}`, { description })

const entries = gauge("entries", "Entries in the linear order")
const blocks = gauge("view_height", "Blocks of the log view that the read model holds")
const lag = gauge("confirmed_lag", "Entries that no majority of indexers signed yet")
const indexer = gauge("indexer", "1 while this machine is an indexer")
const applied = Metric.counter("openpact_entries_applied_total", {
  description: "Entries that were taken into the order, by type of verdict",
  incremental: true
})

/** Brings the metrics of a pact up to date. `batch` is what changed, if anything. */
export const measurePact = Effect.fnUntraced(function* (pact: Pact, batch: Batch | null) {
  const labels = { pact: pact.pactId }
  const { confirmed, entries: total, length } = pact.read
  yield* Metric.update(Metric.withAttributes(entries, labels), total)
  yield* Metric.update(Metric.withAttributes(blocks, labels), length)
  yield* Metric.update(Metric.withAttributes(lag, labels), total - confirmed)
  yield* Metric.update(Metric.withAttributes(indexer, labels), (yield* pact.indexer) ? 1 : 0)
  if (batch === null) return
  const { position, refused, rolledBack } = batch
  const counts = { accepted: position.after - (rolledBack?.position ?? position.before), refused }
  for (const [verdict, count] of Object.entries(counts)) {
    if (count > 0) yield* Metric.update(Metric.withAttributes(applied, { ...labels, verdict }), count)
  }
})

/** Takes the series of a pact off: it was closed or removed, and what they said would stand there for ever. */
export const forgetPact = Effect.fnUntraced(function* (pactId: string) {
  const labels = { pact: pactId }
  for (const metric of [entries, blocks, lag, indexer]) yield* Metric.remove(Metric.withAttributes(metric, labels))
  for (const verdict of ["accepted", "refused"])
    yield* Metric.remove(Metric.withAttributes(applied, { ...labels, verdict }))
})
