import { readFileSync } from "node:fs"
import type { Socket } from "node:net"

/**
 * True where another user of this machine is at the other end of a loopback connection, root aside. Linux tells whose a
 * socket is. Where that can't be known, it is nobody's.
 */
export const isOtherUser = ({ localPort, remotePort }: Pick<Socket, "localPort" | "remotePort">): boolean => {
  const self = process.getuid?.()
  if (self === undefined || localPort === undefined || remotePort === undefined) return false
  const wanted = `${hexOf(remotePort)} ${loopback}${hexOf(localPort)}`
  // A socket that takes both kinds of addresses stands in the second one, with the same ends of its addresses.
  for (const path of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const row of read(path).split("\n")) {
      const [, local = "", remote = "", , , , , uid] = row.trim().split(/\s+/)
      if (`${local.slice(-4)} ${remote.slice(-13)}` !== wanted) continue
      return Number(uid) !== self && uid !== "0"
    }
  }
  return false
}

/** 127.0.0.1 as these files write it. */
const loopback = "0100007F:"
const hexOf = (port: number): string => port.toString(16).toUpperCase().padStart(4, "0")

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}
