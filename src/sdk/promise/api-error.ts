import { ApiError, BadAnswerError, type FieldFault } from "./errors.ts"
import { errorEntries } from "./generated/error-entries.ts"
import { redact } from "./redact.ts"
import type { Answer } from "./transport.ts"

interface Envelope {
  readonly error: string
  readonly message: string
  readonly details?: ReadonlyArray<FieldFault>
}

/** The error that an answer stands for. */
export const apiErrorOf = (response: Answer, text: string, token: string | null): ApiError | BadAnswerError => {
  const { status } = response
  const envelope = envelopeIn(text)
  if (envelope === null) {
    return new BadAnswerError(`The answer (${status}) is none of an OpenPact daemon. Is the port right?`, status)
  }
  const of = errorEntries.filter(({ code }) => code === envelope.error)
  const entry = of.find((one) => one.status === status) ?? of[0]
  const Class = entry?.Class ?? ApiError
  return new Class({
    name: entry?.name ?? "ApiError",
    code: envelope.error,
    status,
    retryable: entry?.retryable ?? (status === 429 || status === 503),
    message: redact(envelope.message, token),
    details: envelope.details?.map(({ expected, path }) => ({
      path: redact(String(path), token),
      expected: redact(String(expected), token)
    })),
    retryAfter: retryAfterOf(response)
  })
}

const envelopeIn = (text: string): Envelope | null => {
  try {
    const value = JSON.parse(text) as Partial<Envelope> | null
    return typeof value?.error === "string" &&
      typeof value.message === "string" &&
      (value.details === undefined || Array.isArray(value.details))
      ? (value as Envelope)
      : null
  } catch {
    return null
  }
}

const retryAfterOf = ({ headers }: Answer): number | undefined => {
  const seconds = Number.parseInt(headers.get("retry-after") ?? "", 10)
  return seconds >= 0 ? seconds * 1000 : undefined
}
