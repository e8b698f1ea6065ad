import { Clock, Effect, FileSystem, Option, Schema, Semaphore } from "effect"
import type { StorageFull } from "../domain/errors.ts"
import { InviteKey, InviteNonce } from "../domain/ids.ts"
import { Timestamp } from "../domain/payloads.ts"
import { inviteKeyOf } from "../engine/crypto.ts"
import type { HomeError } from "../home/errors.ts"
import { setAside } from "../home/files.ts"
import { jsonFile } from "../home/json-file.ts"
import type { PactLocations } from "../home/locations.ts"
import { randomHex } from "../home/secret.ts"

const Secret = Schema.Struct({ invite: InviteKey, nonce: InviteNonce, expires_at: Timestamp })
export type InviteSecret = typeof Secret.Type

const invitesJson = jsonFile(1, Schema.Struct({ version: Schema.Literal(1), invites: Schema.Array(Secret) }))

/** How long the nonce of an invite is kept behind its end, ms, and how many are kept at most: the newest. */
const keptTime = 30 * 24 * 60 * 60 * 1000
const keptMost = 4096

/**
 * The nonces of the invites that were minted on this machine, by their public halves: `invites.json`, 0600. The pact
 * itself holds no nonce, so an invite whose secret is lost can still be revoked, and no more.
 */
export interface InviteSecrets {
  readonly all: Effect.Effect<ReadonlyMap<string, InviteSecret>, HomeError | StorageFull>
  /** Makes a secret and keeps it. `expires_at` in ms. */
  readonly make: (expires_at: number) => Effect.Effect<InviteSecret, HomeError | StorageFull>
  readonly drop: (invite: string) => Effect.Effect<void, HomeError | StorageFull>
}

/** @param places of one pact. It is open, so nobody else changes them. */
export const makeInviteSecrets = Effect.fnUntraced(function* ({ invites: path }: PactLocations) {
  const context = yield* Effect.context<FileSystem.FileSystem>()
  const fs = yield* FileSystem.FileSystem
  const lock = yield* Semaphore.make(1)
  let known: Map<string, InviteSecret> | null = null

  const read = Effect.gen(function* () {
    if (known !== null) return known
    const content = yield* invitesJson
      .read(path)
      .pipe(
        Effect.catchTag("HomeError", (error) =>
          error.problem === "invalid"
            ? Effect.flatMap(setAside(path), (aside) =>
                Effect.as(
                  Effect.logWarning(`${error.message} It is kept as ${aside}. The invites in it go on to hold.`),
                  Option.none()
                )
              )
            : Effect.fail(error)
        )
      )
    if (Option.isSome(content) && content.value.exposed) {
      yield* Effect.ignore(fs.chmod(path, 0o600))
      yield* Effect.logWarning(
        `${path} was readable by other users and holds the secrets of invites. It is 0600 now. Revoke them: openpact invite --list`
      )
    }
    const secrets = Option.match(content, { onNone: () => [], onSome: ({ value }) => value.invites })
    return (known = new Map(secrets.map((secret) => [secret.invite, secret])))
  })
  const write = Effect.fnUntraced(function* (secrets: ReadonlyArray<InviteSecret>) {
    yield* invitesJson.write(path, { version: 1, invites: secrets })
    known = new Map(secrets.map((secret) => [secret.invite, secret]))
  })

  const alone = <A, E>(effect: Effect.Effect<A, E, FileSystem.FileSystem>) =>
    effect.pipe(Effect.uninterruptible, lock.withPermit, Effect.provideContext(context))
  const secrets: InviteSecrets = {
    all: alone(read),
    make: (expires_at) =>
      alone(
        Effect.gen(function* () {
          const nonce = randomHex(24)
          const secret: InviteSecret = { invite: inviteKeyOf(nonce), nonce, expires_at }
          const from = (yield* Clock.currentTimeMillis) - keptTime
          const before = [...(yield* read).values()].filter((old) => old.expires_at > from)
          yield* write([...before.slice(1 - keptMost), secret])
          return secret
        })
      ),
    drop: (invite) =>
      alone(Effect.flatMap(read, (all) => write([...all.values()].filter((secret) => secret.invite !== invite))))
  }
  return secrets
})
