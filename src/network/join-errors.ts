import type { JoinError } from "../domain/joining.ts"
import type { Refusal } from "../engine/verdict.ts"
import { inviteError } from "../pacts/redeem.ts"

const final: ReadonlyArray<Refusal> = [
  "UNKNOWN_INVITE",
  "INVITE_REVOKED",
  "INVITE_SPENT",
  "INVITE_EXPIRED",
  "HANDLE_TAKEN",
  "BAD_ENTRY"
]

/** What a verdict means to the newcomer. The words are ours, whatever a peer says: only its code counts. */
export const joinErrorOf = (code: string): JoinError => {
  const known = final.find((each) => each === code)
  return known === undefined
    ? { code: "INTERNAL", message: `A member refused this machine with ${code}, which this version doesn't know.` }
    : { code: known, message: inviteError(known).message }
}
