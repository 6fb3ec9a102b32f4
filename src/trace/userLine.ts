/** Where in the user's own code an op was called: `file:line`, or undefined when only library code is on the stack. */
export const userLine = (stack: string = wholeStack()): string | undefined => {
  const frames = stack.split("\n").filter((line) => line.trimStart().startsWith("at "))
  const own = frames.find((frame) => !library.some((part) => frame.includes(part)))
  return own?.match(/(?:file:\/\/)?([^\s(]+:\d+):\d+\)?$/)?.[1]
}

/** V8 keeps ten stack frames, but there are more tfjs frames between a kernel and the op's caller. */
const wholeStack = (): string => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 100
  const { stack = "" } = new Error()
  Error.stackTraceLimit = limit
  return stack
}

/**
 * The folder of the library's own code: of what runs, and of the sources that stacks name under `--enable-source-maps`. In a bundle the library and the
 * user's code are one file, and no line is reported.
 */
const here: string | undefined = import.meta.url
const folder = here?.slice(0, here.lastIndexOf("/trace/userLine.") + 1) ?? ""
const mapped = /([^\s(]+\/)trace\/userLine\./.exec(wholeStack())?.[1] ?? folder
const library = [
  folder,
  folder.replace("file://", ""),
  mapped,
  "/@tensorflow/",
  "/tfjs-core/src/",
  "/tfjs-layers/src/",
  "/node_modules/effect/",
  "node:",
  "<anonymous>"
]
