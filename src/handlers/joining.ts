import type { JoinProgress } from "../pacts/joining.ts"
import type { Pact } from "../pacts/Pact.ts"

/** What rows and statuses say of a pact that is being joined. */
export const joiningFields = ({ error, waitingFor }: JoinProgress) => ({
  joining: true as const,
  waiting_for: waitingFor,
  ...(error === null ? {} : { error })
})

/** An open pact that doesn't hold this machine's admission yet is still being fetched. */
export const fetching: JoinProgress = { waitingFor: "history", error: null }

/** @param self what the pact holds of this machine. */
export const isNewcomer = ({ memberKey, pactId }: Pact, self: object | null | undefined): boolean =>
  memberKey !== pactId && (self === null || self === undefined)
