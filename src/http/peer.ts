import { readFileSync } from "node:fs"
import { isIPv4, type Socket } from "node:net"

/** The two ends of a connection, as a socket tells them. */
export type Ends = Pick<Socket, "localAddress" | "localPort" | "remoteAddress" | "remotePort">

/**
 * True where another user of this machine is at the other end of a loopback connection, root aside. Linux tells whose a
 * socket is. Where that can't be known, it is nobody's.
 *
 * @param tables the rows of sockets, as Linux writes them.
 */
export const isOtherUser = (ends: Ends, tables: () => ReadonlyArray<string> = socketTables): boolean => {
  const self = process.getuid?.()
  const near = endOf(ends.localAddress, ends.localPort)
  const far = endOf(ends.remoteAddress, ends.remotePort)
  if (self === undefined || near === null || far === null) return false
  // The row of the other end has this one as its remote end.
  const wanted = `${far} ${near}`
  // A socket that takes both kinds of addresses stands in the second table, with mapped ones. All rows are looked at.
  const owners = tables().flatMap((table) =>
    table.split("\n").flatMap((row) => {
      const [, local = "", remote = "", , , , , uid = ""] = row.trim().split(/\s+/)
      return `${unmapped(local)} ${unmapped(remote)}` === wanted ? [Number(uid)] : []
    })
  )
  return owners.some((uid) => uid !== self && uid !== 0)
}

/** An IPv4 end as these tables write it: its bytes in the order of a little-endian machine. Null for any other. */
const endOf = (address: string | undefined, port: number | undefined): string | null => {
  const v4 = address?.replace(/^::ffff:/i, "")
  if (v4 === undefined || port === undefined || !isIPv4(v4)) return null
  const bytes = v4.split(".").toReversed()
  return `${bytes.map((byte) => hexOf(Number(byte), 2)).join("")}:${hexOf(port, 4)}`
}

const hexOf = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0")
/** An end without what the second table writes before a mapped IPv4 address. */
const unmapped = (end: string): string => end.replace(/^0{16}FFFF0000/, "")

const socketTables = () => ["/proc/net/tcp", "/proc/net/tcp6"].map(read)

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}
