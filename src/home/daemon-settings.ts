import { Context, Effect, Layer } from "effect"
import { DaemonFile } from "./daemon-file.ts"
import type { SettingName, SettingValues } from "./setting-table.ts"
import { resolveSettings, type SettingSources } from "./settings.ts"

/** What a daemon goes by. */
export const daemonSettings = [
  "host",
  "port",
  "dashboardPort",
  "noDashboard",
  "bootstrap",
  "durability",
  "rateLimit",
  "logLevel",
  "paranoid",
  "noColor"
] as const satisfies ReadonlyArray<SettingName>

export class Settings extends Context.Service<Settings, Pick<SettingValues, (typeof daemonSettings)[number]>>()(
  "openpact/home/Settings"
) {
  /** Flags over the environment over daemon.json over the defaults. */
  static readonly layer = (sources: Omit<SettingSources, "file">) =>
    Layer.effect(
      Settings,
      Effect.gen(function* () {
        const { settings: file } = yield* (yield* DaemonFile).read
        return yield* resolveSettings(daemonSettings, { ...sources, file })
      })
    )
}
