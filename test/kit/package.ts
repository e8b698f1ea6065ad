import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { dist, root, sdkDist } from "./build.ts"
import { tempDir } from "./temp.ts"

const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

export interface Installed {
  /** A folder with openpact in its node_modules. */
  readonly folder: string
  readonly tarball: string
  readonly modules: string
}

/** Packs what ships and puts it into the node_modules of an empty folder, as an installation would. */
export const installed = Effect.gen(function* () {
  const folder = yield* tempDir("openpact-package")
  return yield* Effect.sync((): Installed => {
    const source = join(folder, "source")
    for (const name of ["LICENSE.md", "README.md", "package.json"].filter((name) => existsSync(join(root, name)))) {
      cpSync(join(root, name), join(source, name))
    }
    cpSync(join(root, "src/cli/bin.mjs"), join(source, "src/cli/bin.mjs"))
    cpSync(dist(), join(source, "dist"), { recursive: true })
    cpSync(sdkDist(), join(source, "dist/sdk"), { recursive: true })
    const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder]
    const [{ filename }] = JSON.parse(execFileSync("npm", pack, { cwd: source, encoding: "utf8" }))
    const tarball = join(folder, filename)
    const modules = join(folder, "node_modules")
    mkdirSync(join(modules, "openpact"), { recursive: true })
    execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", join(modules, "openpact")])
    for (const name of Object.keys(dependencies)) symlinkSync(join(root, "node_modules", name), join(modules, name))
    return { folder, tarball, modules }
  })
})

/** Puts packages of this project beside it. */
export const beside = ({ modules }: Installed, ...names: ReadonlyArray<string>): void => {
  for (const name of names) {
    if (!(name in devDependencies)) throw new Error(`${name} is not in package.json`)
    mkdirSync(join(modules, name, ".."), { recursive: true })
    symlinkSync(join(root, "node_modules", name), join(modules, name))
  }
}
