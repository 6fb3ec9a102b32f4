/**
 * What is read of files that stay open until all of it was taken. `open` closes them when its argument has ended; what it says then, such as that a checksum is wrong, ends the reading too. A reading that is
 * stopped before its end closes them without a verdict.
 *
 * @param open opens, gives what it opened to its argument, and closes on every way out
 */
export async function* heldOpen<R, A>(
  open: (use: (opened: R) => Promise<void>, signal: AbortSignal) => Promise<void>,
  read: (opened: R) => AsyncIterable<A>
): AsyncGenerator<A> {
  const abort = new AbortController()
  let release: (stopped: boolean) => void = () => {}
  const held = new Promise<void>((resolve, reject) => {
    release = (stopped) => (stopped ? reject(new Stopped()) : resolve())
  })
  held.catch(() => {})
  let closed: Promise<void> = Promise.resolve()
  const opened = await new Promise<R>((resolve, reject) => {
    closed = open((given) => {
      resolve(given)
      return held
    }, abort.signal)
    closed.catch(reject)
  })
  let isRead = false
  try {
    yield* read(opened)
    isRead = true
  } finally {
    release(!isRead)
    if (!isRead) abort.abort()
    await closed.catch((error: unknown) => {
      if (isRead) throw error
    })
  }
}

class Stopped extends Error {}
