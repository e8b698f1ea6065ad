import { answer } from "./child.ts"
import { Connection, type Reply } from "./connection.ts"
import { quantile } from "./figures.ts"

/** Clients that each send their next request when they have the answer to the last. */
export interface Closed {
  readonly kind: "closed"
  readonly port: number
  readonly clients: number
  /** Whole requests, sent round and round. */
  readonly requests: ReadonlyArray<string>
  /** Ends after so many ms, or so many requests. */
  readonly ms?: number
  readonly count?: number
}
export interface Rate {
  readonly count: number
  readonly seconds: number
  /** Latency, ms. */
  readonly p50: number
  readonly p99: number
  /** CPU of the load generator, µs a request. */
  readonly cpu: number
}

/** One request after the other, each target in its turn, so that all meet the same noise. */
export interface Turns {
  readonly kind: "turns"
  readonly targets: ReadonlyArray<Target>
  readonly turns: number
}
export interface Target {
  readonly port: number
  /** Whole requests, one a turn, round and round. */
  readonly requests: ReadonlyArray<string>
}
/** For each target, ms. */
export type Latencies = ReadonlyArray<{ readonly p50: number; readonly p95: number; readonly bytes: number }>

export type LoadRequest = Closed | Turns
export type LoadAnswer = Rate | Latencies

const bytesOf = (request: string) => Buffer.from(request, "utf8")

const closed = async ({ clients, count = Infinity, ms = Infinity, port, requests }: Closed): Promise<Rate> => {
  const pool = requests.map(bytesOf)
  const connections = await Promise.all(Array.from({ length: clients }, () => Connection.open(port)))
  const latencies: Array<number> = []
  let next = 0
  const start = performance.now()
  const cpu = process.cpuUsage()
  const client = (connection: Connection): Promise<void> =>
    new Promise((resolve, reject) => {
      const send = () => {
        const sent = performance.now()
        if (next >= count || sent - start >= ms) return resolve()
        connection.send(
          pool[next++ % pool.length]!,
          (reply) => {
            if (reply.status !== 200) return reject(new Error(`answered ${reply.status}`))
            latencies.push(performance.now() - sent)
            send()
          },
          reject
        )
      }
      send()
    })
  try {
    await Promise.all(connections.map(client))
    const seconds = (performance.now() - start) / 1000
    const { system, user } = process.cpuUsage(cpu)
    latencies.sort((a, b) => a - b)
    return {
      count: latencies.length,
      seconds,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      cpu: (system + user) / latencies.length
    }
  } finally {
    for (const connection of connections) connection.close()
  }
}

const turns = async ({ targets, turns }: Turns): Promise<Latencies> => {
  const open = await Promise.all(
    targets.map(async ({ port, requests }) => ({
      connection: await Connection.open(port),
      requests: requests.map(bytesOf),
      latencies: [] as Array<number>,
      bytes: 0
    }))
  )
  try {
    for (let turn = 0; turn < turns; turn++) {
      for (const target of open) {
        const sent = performance.now()
        const reply = await new Promise<Reply>((resolve, reject) =>
          target.connection.send(target.requests[turn % target.requests.length]!, resolve, reject)
        )
        target.latencies.push(performance.now() - sent)
        if (reply.status !== 200) throw new Error(`answered ${reply.status}`)
        target.bytes = reply.bytes
      }
    }
    return open.map(({ bytes, latencies }) => {
      latencies.sort((a, b) => a - b)
      return { p50: quantile(latencies, 0.5), p95: quantile(latencies, 0.95), bytes }
    })
  } finally {
    for (const { connection } of open) connection.close()
  }
}

answer<LoadRequest, LoadAnswer>((request) => (request.kind === "closed" ? closed(request) : turns(request)))
