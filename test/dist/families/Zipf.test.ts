import { laws } from "../laws/laws.ts"
import { zipf } from "./Zipf.ts"

laws(zipf)
