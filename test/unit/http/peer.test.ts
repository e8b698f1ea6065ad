import { expect, it } from "vitest"
import { readFileSync } from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { once } from "node:events"
import { type Ends, isOtherUser } from "../../../src/http/peer.ts"

const self = process.getuid?.() ?? 0
const other = self + 1000
const row = (local: string, remote: string, uid: number) =>
  `   0: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000 ${uid} 0 1595 1 00000000471688cc 20 4 30 10 -1\n`
const mapped = "0000000000000000FFFF0000"
const ends: Ends = { localAddress: "127.0.0.1", localPort: 0x1f90, remoteAddress: "127.0.0.2", remotePort: 0xc350 }
const near = "0100007F:1F90"
const far = "0200007F:C350"

it.skipIf(process.getuid === undefined)("the owner of a connection is told by both of its ends, in full", () => {
  const check = (tables: ReadonlyArray<string>, of: Ends = ends) => isOtherUser(of, () => tables)
  // The owner holds the same port at another address, and stands first.
  const mine = row("0100007F:C350", near, self)
  expect(check([mine + row(far, near, other)])).toBe(true)
  expect(check([mine + row(far, near, self)])).toBe(false)
  expect(check([mine + row(far, near, 0)])).toBe(false)
  expect(check([row("0100007F:C350", near, other) + row(far, near, self)])).toBe(false)
  // In the second table, and by a socket that names a mapped address.
  expect(check(["", row(mapped + far, mapped + near, other)])).toBe(true)
  const both = { ...ends, localAddress: "::ffff:127.0.0.1", remoteAddress: "::ffff:127.0.0.2" }
  expect(check([row(far, near, other)], both)).toBe(true)
  // One foreign row is enough. None is as where nothing is told.
  expect(check([row(far, near, self), row(mapped + far, mapped + near, other)])).toBe(true)
  expect(check([row(near, far, other), row(far, "0100007F:1F91", other)])).toBe(false)
})

it.skipIf(process.platform !== "linux")("the rows of Linux are found", async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as { readonly port: number }
  const client = connect({ host: "127.0.0.1", port, localAddress: "127.0.0.2" })
  const [socket] = (await once(server, "connection")) as [Socket]
  // As if every row of this user were of another one.
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].map((path) =>
    readFileSync(path, "utf8").replace(/^((?:\s*\S+){7}\s+)\d+/gm, `$1${other}`)
  )
  expect(isOtherUser(socket, () => tables)).toBe(true)
  expect(isOtherUser(socket)).toBe(false)
  client.destroy()
  socket.destroy()
  server.close()
})
