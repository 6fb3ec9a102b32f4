import { laws } from "../laws/laws.ts"
import { studentT } from "./StudentT.ts"

laws(studentT)
