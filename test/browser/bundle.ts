import { fileURLToPath } from "node:url"
import type { Plugin } from "vite"
import { type Site, siteOf } from "../../examples/playground/server/site.ts"

/**
 * The page and all that it imports, bundled with none but Vite's own settings; fails when the library imports what only
 * Node has, which Vite would let pass until it is used.
 */
export const bundle = (): Promise<Site> =>
  siteOf({ root: fileURLToPath(new URL("page", import.meta.url)), plugins: [onlyWhatPagesHave] })

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
