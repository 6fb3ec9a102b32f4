import { laws } from "../laws/laws.ts"
import { wishart } from "./Wishart.ts"

laws(wishart)
