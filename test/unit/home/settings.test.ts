import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type Setting, type SettingName, settingTable } from "../../../src/home/setting-table.ts"
import { resolveSettings, type SettingSources } from "../../../src/home/settings.ts"

const names = Object.keys(settingTable) as Array<SettingName>
const resolve = <Name extends SettingName>(name: Name, sources: SettingSources) =>
  Effect.map(resolveSettings([name], { env: {}, ...sources }), (values) => values[name])
const fault = (name: SettingName, sources: SettingSources) =>
  Effect.map(Effect.flip(resolve(name, sources)), ({ message }) => message)

it.effect("with nothing given all is as the table says", () =>
  Effect.gen(function* () {
    const values = yield* resolveSettings(names, { env: {} })
    for (const name of names) assert.deepStrictEqual<unknown>(values[name], settingTable[name].default)
  })
)

it.effect("flags win over the environment, that over daemon.json, that over the default", () =>
  Effect.gen(function* () {
    const flags = { port: 1 }
    const env = { OPENPACT_PORT: "2" }
    const file = { port: 3 }
    assert.strictEqual(yield* resolve("port", { flags, env, file }), 1)
    assert.strictEqual(yield* resolve("port", { env, file }), 2)
    assert.strictEqual(yield* resolve("port", { file }), 3)
    assert.strictEqual(yield* resolve("port", {}), 7666)
    // Not given: an undefined flag, a switch that is off, an empty variable.
    assert.strictEqual(yield* resolve("port", { flags: { port: undefined }, env: { OPENPACT_PORT: "" }, file }), 3)
    assert.isTrue(yield* resolve("paranoid", { flags: { paranoid: false }, env: { OPENPACT_PARANOID: "1" } }))
  })
)

it.effect("every setting takes its value as text", () =>
  Effect.gen(function* () {
    const nodes = [
      { host: "10.0.0.1", port: 49_737 },
      { host: "dht.example", port: 1 }
    ]
    const cases: ReadonlyArray<readonly [SettingName, string, unknown]> = [
      ["home", " /tmp/x ", "/tmp/x"],
      ["pact", "obsidian-accord", "obsidian-accord"],
      ["pact", "a".repeat(64), "a".repeat(64)],
      ["host", "localhost", "127.0.0.1"],
      ["port", "0", 0],
      ["dashboardPort", "65535", 65_535],
      ["noDashboard", "yes", true],
      ["bootstrap", "10.0.0.1:49737, dht.example:1", nodes],
      ["bootstrap", "none", "none"],
      ["durability", "ack", "ack"],
      ["rateLimit", "1", 1],
      ["logLevel", "trace", "trace"],
      ["paranoid", "yes", true],
      ["paranoid", "OFF", false],
      ["name", "Obsidian Accord", "Obsidian Accord"],
      ["purpose", "x".repeat(200), "x".repeat(200)],
      ["displayName", "Ada", "Ada"],
      ["alias", "oak-2", "oak-2"],
      ["ttl", "7d", 604_800_000],
      ["ttl", "90m", 5_400_000],
      ["ttl", "1500ms", 1500],
      ["inviteToken", "eyJ2IjoxfQ", "eyJ2IjoxfQ"],
      ["worker", "left", "left"],
      ["noInteractive", "1", true],
      ["noColor", "0", true]
    ]
    for (const [name, text, value] of cases) {
      const { env } = settingTable[name]
      assert.deepStrictEqual<unknown>(yield* resolve(name, { env: { [env]: text } }), value, `${env}=${text}`)
      assert.deepStrictEqual<unknown>(yield* resolve(name, { flags: { [name]: text } }), value, `--${name} ${text}`)
    }
    assert.deepStrictEqual(new Set(cases.map(([name]) => name)), new Set(names))
    assert.deepStrictEqual(
      yield* resolve("bootstrap", { file: { bootstrap: ["10.0.0.1:49737", "dht.example:1"] } }),
      nodes
    )
  })
)

it.effect("what can't be taken is told with its place and what is expected", () =>
  Effect.gen(function* () {
    const cases: ReadonlyArray<readonly [SettingName, ...Array<string>]> = [
      ["home", "\u0000".repeat(4097)],
      ["pact", "../x", "Oak", "-"],
      ["host", "0.0.0.0", "192.168.1.4", "::", "::1", "127.0.0.2", "example.org"],
      ["port", "-1", "65536", "7666.5", "1e3", "0x10", "abc", "9".repeat(20)],
      ["bootstrap", "host", "host:", ":1", "host:0", "host:65536", "a:1,,b:2", "a:1 b:2", "none,a:1"],
      ["durability", "fsync", "STRICT"],
      ["rateLimit", "0", "-5"],
      ["logLevel", "verbose"],
      ["paranoid", "2", "maybe"],
      ["name", "x".repeat(65)],
      ["alias", "Oak", "a b", "-a"],
      ["ttl", "0", "7 days", "1y", "-1d", "99999999w"]
    ]
    for (const [name, ...texts] of cases) {
      const { env, expected, flag } = settingTable[name]
      for (const text of texts) {
        const fromFlag = yield* fault(name, { flags: { [name]: text } })
        assert.include(fromFlag, `--${flag} is `)
        assert.include(fromFlag, expected)
        assert.include(yield* fault(name, { env: { [env]: text } }), `${env} is `)
      }
    }
    assert.strictEqual(
      yield* fault("port", { file: { port: "abc" } }),
      `settings.port in daemon.json is "abc", expected a port from 0 to 65535.`
    )
    for (const port of [null, {}, [1], [["1"]]]) {
      assert.include(yield* fault("port", { file: { port } }), "settings.port in daemon.json can't be used")
    }
  })
)

it.effect("another listen address than loopback is refused with the reason, from everywhere", () =>
  Effect.gen(function* () {
    for (const sources of [
      { flags: { host: "0.0.0.0" } },
      { env: { OPENPACT_HOST: "0.0.0.0" } },
      { file: { host: "0.0.0.0" } }
    ]) {
      const message = yield* fault("host", sources)
      assert.include(message, `"0.0.0.0"`)
      assert.include(message, "must not be reached from a network")
    }
  })
)

it.effect("all faults are told at once, and none of settings that nobody asked for", () =>
  Effect.gen(function* () {
    const env = { OPENPACT_PORT: "x", OPENPACT_LOG_LEVEL: "y", OPENPACT_ALIAS: "Z Z" }
    const { faults, message } = yield* Effect.flip(resolveSettings(["port", "logLevel", "durability"], { env }))
    assert.deepStrictEqual(
      faults.map(({ setting }) => setting),
      ["port", "logLevel"]
    )
    assert.strictEqual(message.split("\n").length, 2)
    assert.deepStrictEqual(yield* resolveSettings(["durability"], { env }), { durability: "strict" })
  })
)

it.effect("a setting that daemon.json doesn't take is named, whatever it is called", () =>
  Effect.gen(function* () {
    for (const name of ["loglevel", "home", "name", "__proto__", "constructor"]) {
      const file = JSON.parse(`{"port": 1, "${name}": "x"}`)
      const message = yield* fault("port", { file })
      assert.include(message, `settings.${name} in daemon.json is no setting`)
      assert.include(message, "logLevel")
    }
  })
)

const both = (port: number) =>
  resolveSettings(["port", "dashboardPort"], { env: {}, flags: { port, dashboardPort: port } })

it.effect("the two ports differ, unless both are free to choose", () =>
  Effect.gen(function* () {
    assert.include((yield* Effect.flip(both(7666))).message, "two different ports")
    assert.deepStrictEqual(yield* both(0), { port: 0, dashboardPort: 0 })
    assert.include(
      (yield* Effect.flip(resolveSettings(["port", "dashboardPort"], { env: {}, flags: { port: 7667 } }))).message,
      "7667"
    )
  })
)

it.effect("an invite is never shown in an error", () =>
  Effect.gen(function* () {
    const secret = "eyJzZWNyZXQ".repeat(1000)
    const message = yield* fault("inviteToken", { env: { OPENPACT_INVITE_TOKEN: secret } })
    assert.notInclude(message, "eyJzZWNyZXQ")
    assert.include(message, "OPENPACT_INVITE_TOKEN can't be used")
  })
)

it("flags, variables and defaults of the table agree with each other", () => {
  const rows = Object.values<Setting<unknown>>(settingTable)
  const flags = rows.flatMap(({ flag }) => flag ?? [])
  assert.strictEqual(new Set(flags).size, flags.length)
  assert.strictEqual(new Set(rows.map(({ env }) => env)).size, rows.length)
  for (const { default: value, env, flag, schema } of rows) {
    assert.match(env, /^(OPENPACT_[A-Z_]+|NO_COLOR)$/)
    assert.match(flag ?? "x", /^[a-z-]+$/)
    // Each default is one that could have been given.
    if (value === undefined) continue
    const text = Schema.encodeSync(schema)(value)
    if (env !== "NO_COLOR") assert.deepStrictEqual(Schema.decodeSync(schema)(text), value)
  }
})
