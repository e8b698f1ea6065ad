// First of all, so that every schema after it is compiled: it takes a third off the cost of a list.
import "effect/schema/SchemaJITCompiler/enable"
import { Effect, Layer } from "effect"
import { daemonLayer, type DaemonOptions } from "./Daemon.ts"

/** Is the daemon until it is interrupted. Loaded only when one is started: it brings the whole of it along. */
export const runDaemon = (options: DaemonOptions) => Effect.andThen(keepPrivate, Layer.launch(daemonLayer(options)))

/** Whatever is made from here on is for this user alone, also by RocksDB and SQLite, which can't be told modes. */
const keepPrivate = Effect.sync(() => void process.umask(0o077))
