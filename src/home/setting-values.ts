import { Schema, SchemaTransformation } from "effect"
import { limits } from "../domain/limits.ts"

/** Flags and variables carry text: `shape` says which, `read` makes the value of it, which `target` then checks. */
const fromText = <A>(
  target: Schema.Codec<A>,
  shape: RegExp,
  read: (text: string) => A,
  show: (value: A) => string = String
): Schema.Codec<A, string> =>
  Schema.String.check(Schema.isPattern(shape)).pipe(
    Schema.decodeTo(target, SchemaTransformation.transform({ decode: read, encode: show }))
  )

export const whole = (minimum: number, maximum: number) =>
  fromText(Schema.Int.check(Schema.isBetween({ minimum, maximum })), /^\d{1,15}$/, Number)

export const yesNo = fromText(Schema.Boolean, /^(?:1|true|yes|on|0|false|no|off)$/i, (text) =>
  /^(?:1|t|y|on)/i.test(text)
)

/** True for whatever is there: what NO_COLOR stands for everywhere. */
export const anything = fromText(Schema.Boolean, /^/, () => true)

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
const isUnit = (text: string | undefined): text is keyof typeof units =>
  text !== undefined && Object.hasOwn(units, text)

/** `7d`, `90m` or `1500ms`, in ms. A bare number is refused: some would mean seconds by it, and others hours. */
export const span = fromText(
  Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: limits.ttl })),
  /^\d{1,15}(?:ms|s|m|h|d|w)$/,
  (text) => {
    const unit = /[a-z]+$/.exec(text)?.[0]
    return Number.parseInt(text, 10) * (isUnit(unit) ? units[unit] : 1)
  },
  (ms) => `${ms}ms`
)

export const HostPort = Schema.Struct({
  host: Schema.String.check(Schema.isMinLength(1)),
  port: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65535 }))
})
export type HostPort = typeof HostPort.Type

/** `host:port,host:port`, or `none`. */
export const hostPorts = fromText<"none" | ReadonlyArray<HostPort>>(
  Schema.Union([Schema.Literal("none"), Schema.Array(HostPort)]),
  /^(?:none|[^\s:,]+:\d{1,5}(?:\s*,\s*[^\s:,]+:\d{1,5})*)$/,
  (text) =>
    text === "none"
      ? text
      : text.split(",").map((part) => {
          const [host = "", port] = part.trim().split(":")
          return { host, port: Number(port) }
        }),
  (nodes) => (nodes === "none" ? nodes : nodes.map(({ host, port }) => `${host}:${port}`).join(","))
)

/** The one address that the API may listen on, under either of its names. */
export const loopback = fromText(
  Schema.Literal("127.0.0.1"),
  /^(?:127\.0\.0\.1|localhost)$/i,
  () => "127.0.0.1" as const
)
