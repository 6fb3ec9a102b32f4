import { createServer } from "node:http"
import { extname } from "node:path"
import type { Site } from "./site.ts"

export interface Served {
  readonly address: string
  readonly close: () => Promise<void>
}

export type Headers = Readonly<Record<string, string>>

/** Serves a site on this machine, each file with the same headers; port 0 is one that is free. Rejects where the port is taken. */
export const serve = async (site: Site, headers: Headers, port = 0): Promise<Served> => {
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "/index.html" : (request.url ?? "")
    const content = site.get(path)
    if (content === undefined) return void response.writeHead(404).end()
    const type = types[extname(path)] ?? "application/octet-stream"
    response.writeHead(200, { "content-type": type, ...headers }).end(content)
  })
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "localhost", resolve))
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

/** An isolated page may share memory between threads; the others may not. */
export const isolation: Headers = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp"
}

/** Nothing may be loaded or asked for but the site's own files, and no code may be made of strings. */
export const policy = (scripts: string): Headers => ({
  "content-security-policy": `default-src 'none'; connect-src 'self'; script-src ${scripts}`
})

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".wasm": "application/wasm"
}
