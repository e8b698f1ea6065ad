import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { areOnce, dataIn, lengthsOf, logOf, openClosable } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

const child = join(import.meta.dirname, "child.ts")

/** Starts the child, kills it in the middle of the append after `acks` answers, and says what it had answered. */
const killAfter = (dir: string, durability: string, acks: number, pactId: string | undefined) =>
  Effect.promise(
    () =>
      new Promise<{ readonly pactId: string; readonly answered: number }>((resolve, reject) => {
        const args = [dir, durability, "1000000", ...(pactId === undefined ? [] : [pactId])]
        const process_ = spawn(process.execPath, ["--no-warnings", child, ...args], {
          stdio: ["ignore", "pipe", "inherit"]
        })
        let opened = ""
        let answered = 0
        let heard = 0
        createInterface(process_.stdout).on("line", (line) => {
          const [word, value = ""] = line.split(" ")
          if (word === "open") opened = value
          if (word === "ack") answered = Number(value)
          if (word === "ack" && ++heard === acks) process_.kill("SIGKILL")
        })
        process_.on("error", reject)
        process_.on("close", (_code, signal) =>
          signal === "SIGKILL" ? resolve({ pactId: opened, answered }) : reject(new Error("the child ended by itself"))
        )
      })
  )

describe("after kill -9", () => {
  for (const durability of ["strict", "os"] as const) {
    live(`with ${durability} all that was answered is there, once, and nothing has to be recovered`, () =>
      Effect.gen(function* () {
        const dir = dataIn(yield* tempDir(), "pact")
        let pactId: string | undefined
        for (const acks of [1, 20]) {
          const killed = yield* killAfter(dir, durability, acks, pactId)
          pactId = killed.pactId
          const ledger = yield* openClosable({ dir, pactId, durability })
          const lengths = lengthsOf(ledger, yield* logOf(ledger))
          assert.isTrue(areOnce(lengths), lengths.join(", "))
          assert.isAtLeast(lengths.at(-1) ?? 0, killed.answered)
          assert.isFalse(yield* ledger.recovering)
          yield* ledger.close
        }
      })
    )
  }
})
