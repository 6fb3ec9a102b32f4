import { spawn } from "node:child_process"

/** Something that the user can do something about. */
export class Failure extends Error {
  /** @param {string} message @param {string} advice @param {string} [output] what a program said last */
  constructor(message, advice, output = "") {
    super(message)
    this.advice = advice
    this.output = output
  }
}

export const say = (line) => console.log(line)

/** Runs `body(undo)`, which gives a last line to print; undoes what was noted with `undo` when that fails or is stopped. */
export const undoing = async (body) => {
  const noted = []
  const takeBack = () => {
    for (const { what, back } of noted.splice(0).reverse()) {
      say(`  undoing: ${what}`)
      try {
        back()
      } catch (error) {
        say(`  could not: ${error.message}`)
      }
    }
  }
  const stop = (signal) => {
    for (const child of running) child.kill("SIGKILL")
    say(`Stopped (${signal}).`)
    takeBack()
    process.exit(130)
  }
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stop)
  try {
    say(await body((what, back) => noted.push({ what, back })))
    return 0
  } catch (error) {
    takeBack()
    if (error.output) say(error.output)
    console.error(`\nIt did not work: ${error.message}${error.advice === undefined ? "" : `\n${error.advice}`}`)
    return 1
  }
}

const running = new Set()

/** Runs a program; gives what it wrote, or fails with the end of that. No output for `quiet` milliseconds is a failure. */
export const run = (command, args, { cwd, env = process.env, failure, advice = "", quiet = 600_000, shown = false }) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32"
    })
    let output = ""
    let timer
    const wait = () => {
      clearTimeout(timer)
      timer = setTimeout(() => child.kill("SIGKILL"), quiet)
    }
    const end = (problem) => {
      clearTimeout(timer)
      running.delete(child)
      if (problem === undefined) resolve(output)
      else reject(new Failure(`${failure} (${problem})`, advice, output.split("\n").slice(-25).join("\n")))
    }
    const take = (chunk) => {
      wait()
      output += chunk
      if (shown) process.stdout.write(chunk)
    }
    running.add(child)
    wait()
    child.stdout.on("data", take)
    child.stderr.on("data", take)
    child.on("error", (error) => end(error.message))
    child.on("close", (code, signal) => end(code === 0 ? undefined : `${command}: ${signal ?? `exit ${code}`}`))
  })

/** Whether a program can be run. */
export const has = (command, args = ["--version"]) =>
  run(command, args, { failure: "", quiet: 20_000 }).then(
    () => true,
    () => false
  )
