import { ByteSize, Effect, FileSystem, Layer, Option, PlatformError } from "effect"
import type { Stats } from "node:fs"

const fs = process.getBuiltinModule("node:fs")

/**
 * Opens files to read, and nothing else: what it takes to find a daemon. The whole file system of Node brings
 * `node:crypto` along, which takes 8 ms. Whoever writes loads that one, see launch.ts.
 */
export const readOnlyFiles: Layer.Layer<FileSystem.FileSystem> = FileSystem.layerNoop({
  open: (path) =>
    Effect.acquireRelease(
      Effect.try({ try: () => fs.openSync(path, "r"), catch: refused("open", path) }),
      (descriptor) => Effect.sync(() => fs.closeSync(descriptor))
    ).pipe(Effect.map((descriptor) => fileOf(path, descriptor)))
})

const refused = (method: string, path: string) => (cause: unknown) =>
  PlatformError.systemError({
    module: "FileSystem",
    method,
    pathOrDescriptor: path,
    _tag: cause instanceof Error && "code" in cause && cause.code === "ENOENT" ? "NotFound" : "Unknown",
    cause
  })

const fileOf = (path: string, descriptor: number): FileSystem.File => ({
  [FileSystem.FileTypeId]: FileSystem.FileTypeId,
  stat: Effect.try({ try: () => infoOf(fs.fstatSync(descriptor)), catch: refused("stat", path) }),
  readAlloc: (size) =>
    Effect.try({
      try: () => {
        const bytes = new Uint8Array(Number(size))
        const length = fs.readSync(descriptor, bytes, 0, bytes.length, null)
        return length === 0 ? Option.none() : Option.some(bytes.subarray(0, length))
      },
      catch: refused("readAlloc", path)
    }),
  read: () => unused,
  seek: () => unused,
  sync: unused,
  truncate: () => unused,
  write: () => unused,
  writeAll: () => unused
})

/** What the home looks at. The rest is left out. */
const infoOf = ({ gid, mode, mtime, size, uid }: Stats): FileSystem.File.Info => ({
  type: "File",
  mtime: Option.some(mtime),
  mode,
  size: ByteSize.bytes(size),
  uid: Option.some(uid),
  gid: Option.some(gid),
  dev: 0n,
  atime: Option.none(),
  birthtime: Option.none(),
  ino: Option.none(),
  nlink: Option.none(),
  rdev: Option.none(),
  blksize: Option.none(),
  blocks: Option.none()
})

const unused = Effect.die(new Error("this file system only reads whole files"))
