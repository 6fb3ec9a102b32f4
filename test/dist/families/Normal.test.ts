import { laws } from "../laws/laws.ts"
import { normal } from "./Normal.ts"

laws(normal)
