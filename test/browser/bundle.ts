import { fileURLToPath } from "node:url"
import { build, type Plugin, type Rolldown } from "vite"

/** Files by their paths in the address. */
export type Site = ReadonlyMap<string, string | Uint8Array<ArrayBuffer>>

/**
 * The page and all that it imports, bundled with none but Vite's own settings; fails when the library imports what only
 * Node has, which Vite would let pass until it is used.
 */
export const bundle = async (): Promise<Site> => {
  const output = await build({
    configFile: false,
    root: fileURLToPath(new URL("page", import.meta.url)),
    logLevel: "error",
    plugins: [onlyWhatPagesHave],
    build: { write: false, minify: false, reportCompressedSize: false, chunkSizeWarningLimit: Infinity }
  })
  if (!("output" in output)) throw new TypeError("vite watches instead of building")
  return new Map(output.output.map((file) => [`/${file.fileName}`, contentOf(file)]))
}

const onlyWhatPagesHave: Plugin = {
  name: "only-what-pages-have",
  enforce: "pre",
  resolveId: (source, importer = "") => {
    const ofNode = source.startsWith("node:") || source === "onnxruntime-node"
    if (ofNode && importer.startsWith(sources)) throw new Error(`${importer} imports ${source}, which no page has`)
    return null
  }
}

const sources = fileURLToPath(new URL("../../src/", import.meta.url))

const contentOf = (file: Rolldown.OutputChunk | Rolldown.OutputAsset): string | Uint8Array<ArrayBuffer> => {
  if (file.type === "chunk") return file.code
  return typeof file.source === "string" ? file.source : new Uint8Array(file.source)
}
