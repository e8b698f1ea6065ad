/** Changes a class of the modules below, once in this process. `name` tells one such change from the others. */
export const patchOnce = <T extends object>(prototype: T, name: string, patch: (prototype: T) => void): void => {
  const patched = Symbol.for(`openpact.${name}`)
  if (Object.hasOwn(prototype, patched)) return
  Object.defineProperty(prototype, patched, { value: true })
  patch(prototype)
}
