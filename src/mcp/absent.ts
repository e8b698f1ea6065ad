import { OpenPactError } from "../sdk/promise/browser.ts"

const codes = new Set(["UNKNOWN_PACT", "NO_DAEMON"])

/** True for what a home without a pact, or without a daemon, answers: it has nothing to list. */
export const isAbsent = (error: unknown): boolean => error instanceof OpenPactError && codes.has(error.code)
