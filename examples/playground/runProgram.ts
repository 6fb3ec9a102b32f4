/**
 * Runs a program that imports the library, as a module of its own: no code is made of strings, which the page's policy forbids.
 *
 * @param code JavaScript, whose only import may be "latent"
 * @param heard is told what it prints
 */
export const runProgram = async (
  code: string,
  library: Readonly<Record<string, unknown>>,
  heard: (line: string) => void
): Promise<undefined> => {
  Reflect.set(globalThis, "latent", library)
  const names = Object.keys(library).map((name) => `export const ${name} = latent.${name}`)
  const latent = addressOf(`const { latent } = globalThis\n${names.join("\n")}`)
  const program = addressOf(code.replaceAll(/(\bfrom\s*)(["'])latent\2/g, `$1"${latent}"`))
  const { log } = console
  console.log = (...values: ReadonlyArray<unknown>) => heard(values.map(String).join(" "))
  try {
    await import(/* @vite-ignore */ program)
  } finally {
    console.log = log
    URL.revokeObjectURL(program)
    URL.revokeObjectURL(latent)
  }
  return undefined
}

const addressOf = (code: string): string => URL.createObjectURL(new Blob([code], { type: "text/javascript" }))
