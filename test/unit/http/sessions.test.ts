import { describe, expect, it } from "vitest"
import { halvesOf } from "../../../src/http/door.ts"
import { Sessions, sessionTimes } from "../../../src/http/sessions.ts"

const held = () => {
  const state = { ended: false, end: () => void (state.ended = true) }
  return state
}

describe("a link", () => {
  it("opens one session, once", () => {
    const sessions = new Sessions()
    const code = sessions.link(0)
    const opened = sessions.open(code, 1)!
    expect(sessions.check(opened.id, opened.key, 2)).not.toBeNull()
    expect(sessions.open(code, 3)).toBeNull()
    expect(sessions.open("x".repeat(43), 3)).toBeNull()
  })
  it("is too old after its time", () => {
    const sessions = new Sessions()
    const code = sessions.link(0)
    expect(sessions.open(code, sessionTimes.link)).toBeNull()
    expect(sessions.open(sessions.link(0), sessionTimes.link - 1)).not.toBeNull()
  })
  it("goes when sixteen newer ones were made", () => {
    const sessions = new Sessions()
    const first = sessions.link(0)
    for (let i = 0; i < 16; i++) sessions.link(0)
    expect(sessions.open(first, 1)).toBeNull()
  })
})

describe("a session", () => {
  it("needs both halves, and those of one session", () => {
    const sessions = new Sessions()
    const one = sessions.open(sessions.link(0), 0)!
    const two = sessions.open(sessions.link(0), 0)!
    expect(sessions.check(one.id, two.key, 1)).toBeNull()
    expect(sessions.check(one.key, one.id, 1)).toBeNull()
    expect(sessions.check(one.id, "", 1)).toBeNull()
    expect(sessions.check(one.id, one.key, 1)).not.toBeNull()
  })
  it("ends when nothing was asked for long, and not while a stream is open", () => {
    const sessions = new Sessions()
    const { id, key } = sessions.open(sessions.link(0), 0)!
    const stream = held()
    const release = sessions.check(id, key, 0)!.hold(stream)
    const late = sessionTimes.idle * 2
    expect(sessions.check(id, key, late)).not.toBeNull()
    release(late)
    expect(sessions.check(id, key, late + sessionTimes.idle - 1)).not.toBeNull()
    expect(sessions.check(id, key, late + 2 * sessionTimes.idle)).toBeNull()
    expect(stream.ended).toBe(false)
  })
  it("ends after a week whatever happens, with its streams", () => {
    const sessions = new Sessions()
    const { id, key } = sessions.open(sessions.link(0), 0)!
    const stream = held()
    sessions.check(id, key, 0)!.hold(stream)
    sessions.sweep(sessionTimes.most - 1)
    expect(stream.ended).toBe(false)
    sessions.sweep(sessionTimes.most)
    expect(stream.ended).toBe(true)
    expect(sessions.check(id, key, sessionTimes.most)).toBeNull()
  })
  it("ends with its streams when somebody signs out", () => {
    const sessions = new Sessions()
    const { id, key } = sessions.open(sessions.link(0), 0)!
    const stream = held()
    sessions.check(id, key, 0)!.hold(stream)
    sessions.end(id)
    expect(stream.ended).toBe(true)
    expect(sessions.check(id, key, 1)).toBeNull()
  })
  it("goes when thirty-two newer ones were opened", () => {
    const sessions = new Sessions()
    const first = sessions.open(sessions.link(0), 0)!
    for (let i = 0; i < 32; i++) sessions.open(sessions.link(0), 0)
    expect(sessions.check(first.id, first.key, 1)).toBeNull()
  })
})

it("a cookie that came twice is none", () => {
  const halves = (cookie: string) => halvesOf({ headers: { cookie } } as never, "openpact-7667").id
  expect(halves("a=b; openpact-7667=one; openpact-7668=two")).toBe("one")
  expect(halves("openpact-7667=one; openpact-7667=two")).toBeUndefined()
  expect(halves("xopenpact-7667=one")).toBeUndefined()
})
