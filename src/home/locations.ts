import { Context, Layer } from "effect"
import { homedir } from "node:os"
import { join, resolve } from "node:path"

/** The places of one pact. Its folder name is fixed when it is made, so an alias may change at any time. */
export interface PactLocations {
  readonly folder: string
  readonly config: string
  /** In the place of `config` while the pact is being joined. */
  readonly joining: string
  /** The Corestore. It holds the keys of this member. */
  readonly data: string
  /** The read model. It may be deleted while the daemon is stopped. */
  readonly index: string
  readonly invites: string
  readonly installedSkills: string
  readonly skills: string
  /** Stands in a folder that is no pact, and says so. */
  readonly unused: string
}

/** Every path of a home, named once. All are absolute. */
export class Locations extends Context.Service<
  Locations,
  {
    readonly home: string
    readonly daemonFile: string
    readonly lock: string
    /** The keys of requests that may be sent again. It must not be deleted while their clients may do so. */
    readonly requests: string
    readonly logs: string
    readonly log: string
    readonly pacts: string
    /** `dataDir` is the folder name that daemon.json records. */
    readonly pact: (dataDir: string) => PactLocations
  }
>()("openpact/home/Locations") {
  static readonly layer = (home: string) => Layer.succeed(Locations, locationsOf(home))
}

/** `home` may be relative, and may start with `~/`. */
export const locationsOf = (home: string): Locations["Service"] => {
  const root = resolve(home.replace(/^~(?=$|[/\\])/, () => homedir()))
  const logs = join(root, "logs")
  const pacts = join(root, "pacts")
  return {
    home: root,
    daemonFile: join(root, "daemon.json"),
    lock: join(root, "lock"),
    requests: join(root, "requests.db"),
    logs,
    log: join(logs, "daemon.log"),
    pacts,
    pact: (dataDir) => {
      const folder = join(pacts, dataDir)
      return {
        folder,
        config: join(folder, "config.json"),
        joining: join(folder, "joining.json"),
        data: join(folder, "data"),
        index: join(folder, "index.db"),
        invites: join(folder, "invites.json"),
        installedSkills: join(folder, "installed-skills.json"),
        skills: join(folder, "skills"),
        unused: join(folder, "not-used.txt")
      }
    }
  }
}
