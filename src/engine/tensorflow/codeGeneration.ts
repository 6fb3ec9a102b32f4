/**
 * Runs `load` where code must not be made of strings (`node --disallow-code-generation-from-strings`). A file of tfjs-node 4.22 that protoc has
 * made begins with `Function('return this')()`: while `load` runs, that one call gives the global object by another way.
 */
export const withoutCodeGeneration = <A>(load: () => A): A => {
  if (allowed()) return load()
  const before = globalThis.Function
  globalThis.Function = new Proxy(before, {
    apply: (target, self, args) =>
      args.length === 1 && args[0] === "return this" ? () => globalThis : Reflect.apply(target, self, args)
  })
  try {
    return load()
  } finally {
    globalThis.Function = before
  }
}

const allowed = (): boolean => {
  try {
    return Function("return true")() === true
  } catch {
    return false
  }
}
