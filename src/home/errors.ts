import { Schema } from "effect"

/**
 * A file or folder of the home can't be used as it is. `message` names it and says what to do.
 * - `unreadable`, `unwritable`: the system refused
 * - `invalid`: it was read and isn't what it should be
 * - `newer`: a newer OpenPact wrote it
 * - `exposed`: other users can read a secret
 * - `foreign`: it belongs to another user, or the folder is no home of OpenPact
 */
export class HomeError extends Schema.TaggedError<HomeError>()("HomeError", {
  problem: Schema.Literals(["unreadable", "unwritable", "invalid", "newer", "exposed", "foreign"]),
  path: Schema.String,
  message: Schema.String
}) {}

/** A live daemon holds this home. `pid` and `since` (ms) are null while it is just starting or stopping. */
export class HomeBusy extends Schema.TaggedError<HomeBusy>()("HomeBusy", {
  home: Schema.String,
  pid: Schema.NullOr(Schema.Int),
  since: Schema.NullOr(Schema.Int),
  message: Schema.String
}) {}

/** No daemon serves this home. `starting` means that one will soon. */
export class NoDaemon extends Schema.TaggedError<NoDaemon>()("NoDaemon", {
  reason: Schema.Literals(["absent", "stopped", "died", "starting"]),
  home: Schema.String,
  message: Schema.String
}) {}

/** Settings that can't be taken, one line of `message` each. `found` says where the value stands and what it is. */
export class SettingError extends Schema.TaggedError<SettingError>()("SettingError", {
  faults: Schema.Array(Schema.Struct({ setting: Schema.String, found: Schema.String, expected: Schema.String })),
  message: Schema.String
}) {}
