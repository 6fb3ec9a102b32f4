import { laws } from "../laws/laws.ts"
import { halfStudentT } from "./HalfStudentT.ts"

laws(halfStudentT)
