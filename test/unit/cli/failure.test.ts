import { Predicate } from "effect"
import { expect, it } from "vitest"
import { CliFailure, exits, reportOf } from "../../../src/cli/failure.ts"
import * as errors from "../../../src/domain/errors.ts"
import { HomeError, NoDaemon, SettingError } from "../../../src/home/errors.ts"

const scene = { verb: "record", log: "/home/a/.openpact/logs/daemon.log" }

interface Wire {
  readonly error: string
  readonly status: number
}
const wireErrors = Object.values(errors).flatMap((member) => {
  if (typeof member !== "function") return []
  const made: unknown = Reflect.construct(member, [{ message: "It happened." }])
  return Predicate.hasProperty(made, "error") && Predicate.hasProperty(made, "status") ? [made as Wire] : []
})

it("knows every wire code", () => expect(wireErrors.length).toBeGreaterThan(40))

it.each(wireErrors.map((error) => [error.error, error] as const))("%s is told with a command to try", (code, error) => {
  const { exit, message, next, code: told } = reportOf(error, scene)
  expect({ told, message }).toEqual({ told: code, message: "It happened." })
  expect(next).toMatch(/^(openpact [a-z]+|tail -n 20 \/|df )/)
  const refused = ["NOT_A_MEMBER", "NOT_INDEXER", "NOT_CREATOR", "NOT_CLAIMER", "NOT_ASSIGNEE"].includes(code)
  const expected = refused
    ? exits.refused
    : ({ 400: 2, 401: 4, 403: 4, 404: 5, 408: 7, 409: 6, 410: 6, 413: 2, 504: 7 }[error.status] ?? 1)
  expect(exit).toBe(expected)
})

it("tells every field at fault where there are several", () => {
  const details = [
    { path: "topic", expected: "1 to 200 characters" },
    { path: "refs[0]", expected: "an entry id" }
  ]
  const { message } = reportOf(new errors.BadRequest({ message: "The body is wrong.", details }), scene)
  expect(message).toBe("The body is wrong.\n  topic: expected 1 to 200 characters\n  refs[0]: expected an entry id")
})

it.each([
  [new NoDaemon({ reason: "absent", home: "/h", message: "It isn't running." }), "NO_DAEMON", 3, "openpact start"],
  [new SettingError({ faults: [], message: "Wrong." }), "USAGE", 2, "openpact record --help"],
  [new HomeError({ problem: "exposed", path: "/h", message: "Open." }), "HOME_EXPOSED", 1, "ls -ld /h"],
  [{ _tag: "HttpClientError", message: "ECONNREFUSED" }, "NO_ANSWER", 3, "openpact restart"],
  [{ _tag: "TimeoutError", message: "" }, "NO_ANSWER", 7, "openpact restart"],
  [{ _tag: "SchemaError", message: "Missing key" }, "BAD_REQUEST", 2, "openpact record --help"],
  [{ _tag: "BadAnswer", message: "Missing key" }, "BAD_ANSWER", 1, "openpact restart"],
  [new Error("x is not a function"), "INTERNAL", 1, `tail -n 20 ${scene.log}`],
  ["thrown text", "INTERNAL", 1, `tail -n 20 ${scene.log}`]
])("%s", (error, code, exit, next) => {
  expect(reportOf(error, scene)).toMatchObject({ code, exit, next })
})

it.each([
  ["It isn't running. Start it: openpact start", "openpact start"],
  ["There is no pact here yet. Make one: openpact init", "openpact init"],
  ["It is damaged. Repair it: openpact restart (it keeps the damaged file aside)", "openpact restart"],
  ["Others can read it. Close it: chmod 600 '/home/a b/daemon.json'", "chmod 600 '/home/a b/daemon.json'"]
])("what a message names is what to try: %s", (message, next) => {
  expect(reportOf(new errors.UnknownPact({ message }), scene)).toMatchObject({ message, next })
  expect(reportOf(new HomeError({ problem: "invalid", path: "/h", message }), scene)).toMatchObject({ message, next })
})

it("who manages invites is sent to their list, and who was invited is not", () => {
  for (const error of [errors.UnknownInvite, errors.InviteSpent, errors.InviteRevoked]) {
    const next = (verb: string) => reportOf(new error({ message: "It happened." }), { ...scene, verb }).next
    expect([next("invite"), next("join")]).toEqual(["openpact invite --list", "openpact join --help"])
  }
})

it("tells the stack of a bug where it is asked for", () => {
  const bug = new Error("x is not a function")
  expect(reportOf(bug, scene).message).toBe(
    "x is not a function (this is a fault of openpact, and the log may tell more)"
  )
  expect(reportOf(bug, { ...scene, stack: true }).message).toContain("failure.test.ts")
})

it("takes the command's own failures as they are", () => {
  const own = { code: "PORT_IN_USE", message: "Taken.", next: "openpact start --port 0", exit: exits.conflict }
  expect(reportOf(new CliFailure(own), scene)).toMatchObject(own)
})
