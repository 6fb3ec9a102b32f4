/** A call that a worker answers: what is asked, what is answered, and what is told meanwhile. */
export interface Call<Q, A, P = never> {
  readonly question: Q
  readonly answer: A
  readonly progress: P
}

/** Calls by their names. */
type Table<C> = { readonly [K in keyof C]: Call<unknown, unknown, unknown> }

type Reply<C extends Table<C>, K extends keyof C> =
  | { readonly _tag: "progress"; readonly progress: C[K]["progress"] }
  | { readonly _tag: "answer"; readonly answer: C[K]["answer"] }
  | { readonly _tag: "failure"; readonly message: string }

interface Asked<C extends Table<C>, K extends keyof C> {
  readonly name: K
  readonly question: C[K]["question"]
}

/** A question under way. */
export interface Answering<A> {
  /** rejects with the words of the worker's error */
  readonly answer: Promise<A>
  /** asks to end early with what there is; only training does */
  readonly stop: () => void
}

export type Ask<C extends Table<C>> = <K extends keyof C>(
  name: K,
  question: C[K]["question"],
  heard?: (progress: C[K]["progress"]) => void
) => Answering<C[K]["answer"]>

/** Questions to a worker, each with a channel of its own for its replies. */
export const asking =
  <C extends Table<C>>(worker: Worker): Ask<C> =>
  <K extends keyof C>(name: K, question: C[K]["question"], heard?: (progress: C[K]["progress"]) => void) => {
    const { port1: mine, port2: its } = new MessageChannel()
    const answer = new Promise<C[K]["answer"]>((resolve, reject) => {
      mine.onmessage = ({ data }: MessageEvent<Reply<C, K>>) => {
        if (data._tag === "progress") return heard?.(data.progress)
        mine.close()
        if (data._tag === "answer") resolve(data.answer)
        else reject(new Error(data.message))
      }
    })
    const asked: Asked<C, K> = { name, question }
    worker.postMessage(asked, [its])
    return { answer, stop: () => mine.postMessage("stop") }
  }

/** What a worker's function has beside its question. */
export interface Hearing<P> {
  readonly heard: (progress: P) => void
  readonly signal: AbortSignal
}

export type Answers<C extends Table<C>> = {
  readonly [K in keyof C]: (
    question: C[K]["question"],
    hearing: Hearing<C[K]["progress"]>
  ) => C[K]["answer"] | Promise<C[K]["answer"]>
}

/** Called in a worker: answers all that is asked of it. */
export const answering = <C extends Table<C>>(answers: Answers<C>): void => {
  const answer = async <K extends keyof C>({ name, question }: Asked<C, K>, port: MessagePort): Promise<void> => {
    const reply = (message: Reply<C, K>) => port.postMessage(message)
    const abort = new AbortController()
    port.onmessage = () => abort.abort()
    try {
      const hearing: Hearing<C[K]["progress"]> = {
        signal: abort.signal,
        heard: (progress) => reply({ _tag: "progress", progress })
      }
      reply({ _tag: "answer", answer: await answers[name](question, hearing) })
    } catch (error) {
      reply({ _tag: "failure", message: messageOf(error) })
    }
  }
  globalThis.onmessage = ({ data, ports: [port] }: MessageEvent<Asked<C, keyof C>>) => {
    if (port !== undefined) void answer(data, port)
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
