import { build, type InlineConfig, type Rolldown } from "vite"

/** Files by their paths in the address. */
export type Site = ReadonlyMap<string, string | Uint8Array<ArrayBuffer>>

/** A page and all that it imports, bundled by Vite with none but the given settings, and kept in memory. */
export const siteOf = async (config: InlineConfig): Promise<Site> => {
  const output = await build({
    configFile: false,
    logLevel: "error",
    ...config,
    build: {
      write: false,
      minify: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: Infinity,
      ...config.build
    }
  })
  if (!("output" in output)) throw new TypeError("vite watches instead of building")
  return new Map(output.output.map((file) => [`/${file.fileName}`, contentOf(file)]))
}

const contentOf = (file: Rolldown.OutputChunk | Rolldown.OutputAsset): string | Uint8Array<ArrayBuffer> => {
  if (file.type === "chunk") return file.code
  return typeof file.source === "string" ? file.source : new Uint8Array(file.source)
}
