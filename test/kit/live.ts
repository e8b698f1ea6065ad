import { NodeFileSystem } from "@effect/platform-node"
import { it } from "@effect/vitest"
import { Effect, type FileSystem, type Scope } from "effect"

/** A test on the real clock, the real disk and in a Scope of its own. */
export const live = <A, E>(
  name: string,
  test: () => Effect.Effect<A, E, Scope.Scope | FileSystem.FileSystem>,
  timeout?: number
): void => it.live(name, () => test().pipe(Effect.provide(NodeFileSystem.layer)), timeout)
