import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Redacted } from "effect"
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { HomeError } from "../../../src/home/errors.ts"
import { Locations } from "../../../src/home/locations.ts"
import { createPactConfig, type PactConfig, readPactConfig, updatePactConfig } from "../../../src/home/pact-config.ts"
import { deletePactFolder, makePactFolder, pactFolders } from "../../../src/home/pact-folder.ts"
import { newSecret } from "../../../src/home/secret.ts"
import { newHome } from "./kit.ts"

const inHome = <A, E>(test: Effect.Effect<A, E, Locations | FileSystem.FileSystem>) =>
  Effect.flatMap(newHome, (home) => test.pipe(Effect.provide(Layer.merge(Locations.layer(home), NodeFileSystem.layer))))

const config: PactConfig = {
  version: 1,
  pact_id: "a".repeat(64),
  encryption_key: newSecret(),
  key_epoch: 0,
  role: "creator",
  name: "Obsidian Accord",
  purpose: null,
  display_name: "Ada",
  created_at: 1
}

it.live("twenty pacts of one name get twenty private folders at once", () =>
  inHome(
    Effect.gen(function* () {
      const dirs = yield* Effect.all(
        Array.from({ length: 20 }, () => makePactFolder("oak")),
        { concurrency: "unbounded" }
      )
      const expected = ["oak", ...Array.from({ length: 19 }, (_, i) => `oak-${i + 2}`)].sort()
      assert.deepStrictEqual([...dirs].sort(), expected)
      assert.deepStrictEqual(yield* pactFolders, expected)
      const { pact, pacts } = yield* Locations
      for (const path of [pacts, pact("oak-7").folder]) assert.strictEqual(statSync(path).mode & 0o777, 0o700)
      const long = yield* Effect.all([makePactFolder("x".repeat(64)), makePactFolder("x".repeat(64))])
      assert.deepStrictEqual(long, ["x".repeat(64), `${"x".repeat(62)}-2`])
    })
  )
)

it.live("a config is private, comes back as it was, and its key doesn't print", () =>
  inHome(
    Effect.gen(function* () {
      const { pact } = yield* Locations
      const oak = pact(yield* makePactFolder("oak"))
      yield* createPactConfig(oak, config)
      assert.strictEqual(statSync(oak.config).mode & 0o777, 0o600)
      assert.deepStrictEqual(yield* readPactConfig(oak), config)
      assert.notInclude(JSON.stringify(config), Redacted.value(config.encryption_key))
      const disk = JSON.parse(readFileSync(oak.config, "utf8"))
      assert.strictEqual(disk.encryption_key, Redacted.value(config.encryption_key))

      writeFileSync(oak.config, JSON.stringify({ ...disk, later: true }))
      chmodSync(oak.config, 0o644)
      yield* readPactConfig(oak)
      assert.strictEqual(statSync(oak.config).mode & 0o777, 0o600)
      yield* updatePactConfig(oak, (config) => ({ ...config, name: null }))
      assert.deepStrictEqual(JSON.parse(readFileSync(oak.config, "utf8")), { ...disk, later: true, name: null })
    })
  )
)

it.live("a damaged, missing or newer config fails with the reason and stays as it is", () =>
  inHome(
    Effect.gen(function* () {
      const { pact } = yield* Locations
      const oak = pact(yield* makePactFolder("oak"))
      yield* createPactConfig(oak, config)
      const disk = JSON.parse(readFileSync(oak.config, "utf8"))
      const spoilt: ReadonlyArray<readonly [content: string, problem: HomeError["problem"]]> = [
        ["", "invalid"],
        ["{", "invalid"],
        ["\u0000\u0000", "invalid"],
        [JSON.stringify({ ...disk, encryption_key: "short" }), "invalid"],
        [JSON.stringify({ ...disk, key_epoch: 1 }), "invalid"],
        [JSON.stringify({ ...disk, role: "owner" }), "invalid"],
        [JSON.stringify({ ...disk, version: 2 }), "newer"]
      ]
      for (const [content, problem] of spoilt) {
        writeFileSync(oak.config, content)
        for (const attempt of [readPactConfig(oak), updatePactConfig(oak, (config) => config)]) {
          const error = yield* Effect.flip(attempt)
          assert.strictEqual("problem" in error && error.problem, problem, content)
          assert.include(error.message, oak.config)
          assert.notInclude(error.message, disk.encryption_key)
        }
        assert.strictEqual(readFileSync(oak.config, "utf8"), content)
        assert.deepStrictEqual(readdirSync(oak.folder), ["config.json"])
      }
      const missing = yield* Effect.flip(readPactConfig(pact("elm")))
      assert.include(missing.message, join("elm", "config.json"))
    })
  )
)

it.live("a deleted pact is gone, and one whose deletion was cut short is no pact any more", () =>
  inHome(
    Effect.gen(function* () {
      const { pact } = yield* Locations
      const oak = pact(yield* makePactFolder("oak"))
      yield* createPactConfig(oak, config)
      mkdirSync(oak.data)
      writeFileSync(join(oak.data, "000001.sst"), "")

      const fs = yield* FileSystem.FileSystem
      const cut = Layer.succeed(FileSystem.FileSystem, {
        ...fs,
        remove: (path, options) => (path === oak.folder ? Effect.interrupt : fs.remove(path, options))
      })
      yield* Effect.exit(deletePactFolder("oak").pipe(Effect.provide(cut)))
      assert.isTrue(existsSync(oak.data))
      assert.isFalse(existsSync(oak.config))

      yield* deletePactFolder("oak")
      assert.deepStrictEqual(yield* pactFolders, [])
      yield* deletePactFolder("oak")
    })
  )
)
