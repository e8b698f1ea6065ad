// First of all, so that every schema after it is compiled: it takes a third off the cost of a list.
import "effect/schema/SchemaJITCompiler/enable"
import { Layer } from "effect"
import { daemonLayer, type DaemonOptions } from "./Daemon.ts"

/** Is the daemon until it is interrupted. Loaded only when one is started: it brings the whole of it along. */
export const runDaemon = (options: DaemonOptions) => Layer.launch(daemonLayer(options))
