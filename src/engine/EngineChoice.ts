/** The engine that a session chose for itself, and why, in words. */
export interface EngineChoice {
  readonly engine: string
  readonly because: string
}
