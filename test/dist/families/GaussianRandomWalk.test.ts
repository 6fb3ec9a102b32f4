import { laws } from "../laws/laws.ts"
import { gaussianRandomWalk } from "./GaussianRandomWalk.ts"

laws(gaussianRandomWalk)
