import { laws } from "../laws/laws.ts"
import { gamma } from "./Gamma.ts"

laws(gamma)
