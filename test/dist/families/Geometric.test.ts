import { laws } from "../laws/laws.ts"
import { geometric } from "./Geometric.ts"

laws(geometric)
