import { createServer } from "node:http"
import { extname } from "node:path"
import type { Site } from "./bundle.ts"

export interface Served {
  readonly address: string
  readonly close: () => Promise<void>
}

/** Serves a site on this machine. An isolated page may share memory between threads; the others may not. */
export const serve = async (site: Site, isolated: boolean): Promise<Served> => {
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "/index.html" : (request.url ?? "")
    const content = site.get(path)
    if (content === undefined) return void response.writeHead(404).end()
    const type = types[extname(path)] ?? "application/octet-stream"
    response.writeHead(200, { "content-type": type, ...(isolated ? isolation : {}) }).end(content)
  })
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new TypeError("the server has no port")
  return {
    address: `http://localhost:${address.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp"
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm"
}
