import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"

/** What systems call it. */
export const names = ["chromium", "chromium-browser", "google-chrome"]

/** A Chromium on the PATH. */
export const findChromium = (): string | undefined =>
  names.flatMap((name) => (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name))).find(runs)

const runs = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
