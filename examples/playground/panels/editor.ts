import { latest } from "../cell.ts"
import type { Checked, Problem } from "../messages.ts"
import { element, type Session } from "../session.ts"

/** A program to edit: its errors are marked as they are found, and it runs when there are none. */
export const editorPanel = ({ ask, askCompiler, program, types }: Session): void => {
  const editor = element("editor", HTMLTextAreaElement)
  const marks = element("marks", HTMLPreElement)
  const problems = element("problems", HTMLUListElement)
  const checked = element("checked", HTMLSpanElement)
  const run = element("run", HTMLButtonElement)
  const output = element("output", HTMLPreElement)
  let code: string | undefined
  let isRunning = false

  const enable = (): void => {
    run.disabled = isRunning || code === undefined
  }
  const check = latest(
    async (text: string) => ({ text, ...(await askCompiler("check", text).answer) }),
    (found: Checked & { readonly text: string }) => {
      if (found.text !== editor.value) return
      code = found.problems.length === 0 ? found.code : undefined
      marks.replaceChildren(...marked(found.text, found.problems))
      problems.replaceChildren(...found.problems.map(item))
      const count = found.problems.length
      checked.textContent = count === 0 ? "Its types are right." : count === 1 ? "1 error" : `${count} errors`
      enable()
    }
  )
  /** A line of the list, which leads to the place of its error. */
  const item = ({ line, message, from, to }: Problem): HTMLLIElement => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: `Line ${line}` })
    button.addEventListener("click", () => {
      editor.focus()
      editor.setSelectionRange(from, to)
    })
    const words = Object.assign(document.createElement("span"), { textContent: message })
    const entry = document.createElement("li")
    entry.append(button, words)
    return entry
  }
  const edited = (): void => {
    code = undefined
    // as large as its text, so that nothing scrolls away from its marks
    const lines = editor.value.split("\n")
    editor.rows = lines.length
    editor.cols = Math.max(...lines.map(({ length }) => length)) + 1
    marks.replaceChildren(...marked(editor.value, []))
    checked.textContent = "Checking its types…"
    enable()
    check(editor.value)
  }
  const start = async (): Promise<void> => {
    if (code === undefined || isRunning) return
    isRunning = true
    enable()
    output.textContent = "Running…"
    let printed = ""
    try {
      await ask("run", code, (line) => {
        printed += `${line}\n`
        output.textContent = printed
      }).answer
      output.textContent = printed || "It printed nothing."
    } catch (error) {
      output.textContent = `${printed}${error instanceof Error ? error.message : error}`
    } finally {
      isRunning = false
      enable()
    }
  }

  editor.value = shown(program)
  editor.addEventListener("input", edited)
  editor.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    void start()
  })
  run.addEventListener("click", start)
  // the compiler reads the declarations when the editor is opened for the first time
  element("editing", HTMLDetailsElement).addEventListener(
    "toggle",
    async () => {
      checked.textContent = "Reading the declarations…"
      await askCompiler("open", types).answer
      edited()
    },
    { once: true }
  )
}

/** The program as one that uses the installed library, with its imports on one line. */
const shown = (program: string): string =>
  program
    .trimEnd()
    .replace("../../src/index.ts", "latent")
    .replace(/^import \{[^}]*\}/, (names) => names.replaceAll(/\s+/g, " "))

/** A text with its errors as marks; errors within an earlier one are left to the list. */
const marked = (text: string, problems: ReadonlyArray<Problem>): ReadonlyArray<Node> => {
  const nodes: Array<Node> = []
  let done = 0
  for (const { from, to } of problems.toSorted((a, b) => a.from - b.from)) {
    if (from < done) continue
    const mark = Object.assign(document.createElement("mark"), { textContent: text.slice(from, to) })
    nodes.push(document.createTextNode(text.slice(done, from)), mark)
    done = to
  }
  return [...nodes, document.createTextNode(`${text.slice(done)}\n`)]
}
