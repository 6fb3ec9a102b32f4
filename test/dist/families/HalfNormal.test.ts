import { laws } from "../laws/laws.ts"
import { halfNormal } from "./HalfNormal.ts"

laws(halfNormal)
