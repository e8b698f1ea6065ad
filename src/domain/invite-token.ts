import { Effect, Schema } from "effect"
import { InviteBadShape } from "./errors.ts"
import { InviteNonce, PactId } from "./ids.ts"
import { DisplayName, PactName, Timestamp } from "./payloads.ts"

/** Where a browser lands that opens an invite. The token is all that counts of it. */
const page = "https://openpact.dev/join"

/** What an invite says. `nonce` is the secret: who holds it may join, once. */
export const InviteToken = Schema.Struct({
  v: Schema.Literal(1),
  pactId: PactId,
  nonce: InviteNonce,
  expiresAt: Timestamp,
  pactName: Schema.optionalKey(PactName),
  issuerDisplay: Schema.optionalKey(DisplayName)
})
export type InviteToken = typeof InviteToken.Type

// Another machine may know fields that this one does not: they change nothing here.
const codec = Schema.StringFromBase64Url.pipe(Schema.decodeTo(Schema.fromJsonString(InviteToken)))
const decode = Schema.decodeUnknownEffect(codec)

/** base64url of the token's JSON. */
export const encodeInvite: (token: InviteToken) => string = Schema.encodeSync(codec)

/** The link that people share. */
export const inviteUrl = (token: string): string => `${page}?invite=${token}`

/** Reads a token, or a link that carries one. A copy that was cut short or mistyped is INVITE_BAD_SHAPE. */
export const decodeInvite = (text: string): Effect.Effect<InviteToken, InviteBadShape> =>
  decode(tokenIn(text.trim())).pipe(
    Effect.mapError(
      () =>
        new InviteBadShape({
          message: "This is no invite: the text is mistyped or cut short. Copy the whole link and try again."
        })
    )
  )

const tokenIn = (text: string): string => {
  const found = /[?&]invite=([^&#\s]*)/u.exec(text)
  return found?.[1] ?? text
}
