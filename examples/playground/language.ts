import type { CompilerOptions, Diagnostic, LanguageService } from "typescript"
import { answering } from "./asking.ts"
import type { LanguageCalls, Problem } from "./messages.ts"

/** The worker that checks the types of the edited program, with TypeScript and the library's own declarations. */

const file = "/program.ts"

type Compiler = typeof import("typescript")

/** TypeScript as the server gives it, a module as large as all else: it is fetched now, and not bundled. */
const compiler: Promise<{ readonly default: Compiler }> = import(/* @vite-ignore */ `${location.origin}/typescript.js`)

const optionsOf = (ts: Compiler): CompilerOptions => ({
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
  types: [],
  strict: true,
  skipLibCheck: true,
  paths: {
    latent: ["/build/src/index.d.ts"],
    // the types of tensors, without those of layers and other parts that the library does not use
    "@tensorflow/tfjs": ["/node_modules/@tensorflow/tfjs-core/dist/index.d.ts"]
  }
})

let service: LanguageService | undefined
let program = { text: "", version: 0 }

/** The compiler sees these files, and the program beside them. */
const serviceOn = (ts: Compiler, files: ReadonlyMap<string, string>): LanguageService => {
  const options = optionsOf(ts)
  const folders = new Set([...files.keys()].flatMap(foldersOf))
  const read = (path: string): string | undefined => (path === file ? program.text : files.get(path))
  return ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [file],
    getScriptVersion: (path) => (path === file ? String(program.version) : "0"),
    getScriptSnapshot: (path) => {
      const text = read(path)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => "/",
    getDefaultLibFileName: () => "/lib/lib.d.ts",
    fileExists: (path) => read(path) !== undefined,
    directoryExists: (path) => folders.has(path),
    readFile: read
  })
}

/** `/a/b/c.ts` lies in `/a/b`, `/a` and `/`. */
const foldersOf = (path: string): ReadonlyArray<string> => {
  const parts = path.split("/")
  return parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join("/") || "/")
}

const problemOf = (ts: Compiler, { start = 0, length = 0, messageText, file: source }: Diagnostic): Problem => ({
  ...{ from: start, to: start + length, message: ts.flattenDiagnosticMessageText(messageText, "\n") },
  line: 1 + (source?.getLineAndCharacterOfPosition(start).line ?? 0)
})

answering<LanguageCalls>({
  open: async (bytes) => {
    const files: Record<string, string> = JSON.parse(new TextDecoder().decode(bytes))
    service = serviceOn((await compiler).default, new Map(Object.entries(files)))
    return undefined
  },
  check: async (text) => {
    const { default: ts } = await compiler
    if (service === undefined) throw new Error("The declarations are not there yet.")
    program = { text, version: program.version + 1 }
    const found = [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)]
    const code = ts.transpileModule(text, { compilerOptions: optionsOf(ts) }).outputText
    return { problems: found.map((each) => problemOf(ts, each)), code: found.length === 0 ? code : "" }
  }
})
