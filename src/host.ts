/** Whether Node's own modules are available: in Node and in compatible runtimes, but not in a web page. */
export const onNode: boolean = typeof process === "object" && typeof process.versions?.node === "string"

/** Node's own modules that the library uses. */
interface Builtins {
  readonly "node:fs": typeof import("node:fs")
  readonly "node:fs/promises": typeof import("node:fs/promises")
  readonly "node:inspector": typeof import("node:inspector")
  readonly "node:module": typeof import("node:module")
  readonly "node:os": typeof import("node:os")
  readonly "node:path": typeof import("node:path")
  readonly "node:stream": typeof import("node:stream")
  readonly "node:util": typeof import("node:util")
  readonly "node:worker_threads": typeof import("node:worker_threads")
  readonly "node:zlib": typeof import("node:zlib")
}

/**
 * One of Node's own modules, asked for at the call and not by `import`: so the library loads in a page, and a bundler
 * finds nothing that it cannot resolve.
 *
 * @throws Error where there is no Node
 */
export const builtin = <Name extends keyof Builtins>(name: Name): Builtins[Name] => {
  if (!onNode) throw new Error(`a page has no ${name}; this runs in Node`)
  return process.getBuiltinModule(name)
}

/** Imports an optional package that works in Node only: a bundler does not follow it. */
export const optional = (name: string): Promise<unknown> => import(/* @vite-ignore */ /* webpackIgnore: true */ name)

/** Linux's description of the CPU; undefined on other systems and in a web page. */
export const cpuinfo = (): string | undefined => {
  const path = "/proc/cpuinfo"
  return onNode && builtin("node:fs").existsSync(path) ? builtin("node:fs").readFileSync(path, "utf8") : undefined
}

/** Bytes of memory that this process may use: the machine's, or fewer where its container says so; in a page what WebAssembly can address. */
export const memory = (): number => {
  if (!onNode) return 2 ** 32
  const limit = process.constrainedMemory?.() ?? 0
  const all = builtin("node:os").totalmem()
  return limit > 0 ? Math.min(limit, all) : all
}

/** How many threads can work at once. A page that is not cross-origin isolated has no memory that threads could share. */
export const cores = (): number => {
  if (onNode) return builtin("node:os").availableParallelism()
  return globalThis.crossOriginIsolated === true ? navigator.hardwareConcurrency : 1
}
