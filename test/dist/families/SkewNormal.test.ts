import { laws } from "../laws/laws.ts"
import { skewNormal } from "./SkewNormal.ts"

laws(skewNormal)
