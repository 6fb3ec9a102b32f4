import { laws } from "../laws/laws.ts"
import { logNormal } from "./LogNormal.ts"

laws(logNormal)
