import { Effect, Layer, Logger, LogLevel, Metric, References } from "effect"
import { Settings } from "../home/daemon-settings.ts"
import { Locations } from "../home/locations.ts"
import type { SettingValues } from "../home/setting-table.ts"
import { LogFile, type LogFileOptions } from "./log-file.ts"
import { redact } from "./redact.ts"

export interface LoggingOptions extends LogFileOptions {
  readonly file: string
  /** What the terminal shows. The file holds `info` and above always, and more when this asks for more. */
  readonly level: SettingValues["logLevel"]
  /** True for a daemon in the foreground, which also writes to stderr. */
  readonly terminal: boolean
  readonly color: boolean
}

/** Replaces all loggers: JSON lines in a rotated file, and text on stderr in the foreground. No secrets in either. */
export const loggingLayer = (options: LoggingOptions): Layer.Layer<never> => {
  const level = levels[options.level]
  const fileLevel = LogLevel.isLessThan(level, "Info") ? level : "Info"
  const terminal = from(level, Logger.withConsoleError(Logger.make(textLine(options.color))))
  return Layer.merge(
    Logger.layer([
      Effect.map(openLog(options), (file) => from(fileLevel, file)),
      ...(options.terminal ? [terminal] : [])
    ]),
    Layer.succeed(References.MinimumLogLevel, fileLevel)
  )
}

/** The daemon's own: by its settings, 10 MB a file, five older ones. */
export const daemonLogging = (options: Pick<LoggingOptions, "terminal">) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { log: file } = yield* Locations
      const { logLevel: level, noColor } = yield* Settings
      return loggingLayer({ ...options, file, level, color: !noColor, maxBytes: 10_000_000, keep: 5 })
    })
  )

const lost = Metric.counter("openpact_log_lines_lost_total", {
  description: "Log lines that could not be written",
  incremental: true
})

const openLog = ({ file, keep, maxBytes }: LoggingOptions) =>
  Effect.acquireRelease(
    Effect.sync(() => new LogFile(file, { keep, maxBytes }, gapLine)),
    (log) => Effect.sync(() => log.close())
  ).pipe(
    Effect.map((log) =>
      Logger.make((options) => {
        if (!log.write(jsonLine(options))) lost.updateUnsafe(1, options.fiber.context)
      })
    )
  )

/** No line of the file is longer than about this many characters. */
const maxLine = 16 * 1024

const jsonLine = (options: Logger.Options<unknown>): string => {
  const line = redact(formatSafely(options))
  if (line.length <= maxLine) return line
  const { date, logLevel } = options
  return JSON.stringify({
    message: line.slice(0, maxLine / 2),
    level: logLevel.toUpperCase(),
    timestamp: date.toISOString(),
    cut: line.length
  })
}

/** What is logged may be anything, also what can't be formatted. */
const formatSafely = (options: Logger.Options<unknown>): string => {
  try {
    return Logger.formatJson.log(options)
  } catch (error) {
    const message = `A line could not be formatted: ${String(error)}`
    return JSON.stringify({ message, level: options.logLevel.toUpperCase(), timestamp: options.date.toISOString() })
  }
}

const gapLine = (lines: number): string =>
  JSON.stringify({
    message: `${lines} lines are missing here: they could not be written`,
    level: "WARN",
    timestamp: new Date().toISOString()
  })

/** `12:30:59.120 WARN message key=value`, and the cause below. */
const textLine =
  (color: boolean) =>
  (options: Logger.Options<unknown>): string => {
    const { annotations = {}, cause, level, message, timestamp }: Line = JSON.parse(jsonLine(options))
    const name = level.padEnd(5)
    const text = [
      timestamp.slice(11, -1),
      color ? `\u001b[${colors[level] ?? 0}m${name}\u001b[0m` : name,
      ...(Array.isArray(message) ? message.map(plain) : [plain(message)]),
      ...Object.entries(annotations).map(([key, value]) => `${key}=${plain(value)}`)
    ].join(" ")
    return cause === undefined ? text : `${text}\n${plain(cause)}`
  }

interface Line {
  readonly message: unknown
  readonly level: string
  readonly timestamp: string
  readonly annotations?: Readonly<Record<string, unknown>>
  readonly cause?: string
}

const colors: Readonly<Record<string, number>> = { FATAL: 31, ERROR: 31, WARN: 33, INFO: 32, DEBUG: 34, TRACE: 90 }

/** Names and texts come from strangers: what steers a terminal is taken out. */
const plain = (value: unknown): string =>
  (typeof value === "string" ? value : (JSON.stringify(value) ?? ""))
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "")

const levels: Readonly<Record<SettingValues["logLevel"], LogLevel.LogLevel>> = {
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error",
  none: "None"
}

const from = (level: LogLevel.LogLevel, logger: Logger.Logger<unknown, void>): Logger.Logger<unknown, void> =>
  Logger.make((options) => {
    if (LogLevel.isGreaterThanOrEqualTo(options.logLevel, level)) logger.log(options)
  })
