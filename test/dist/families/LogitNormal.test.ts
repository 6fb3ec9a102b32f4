import { laws } from "../laws/laws.ts"
import { logitNormal } from "./LogitNormal.ts"

laws(logitNormal)
