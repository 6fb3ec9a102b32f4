import { createHash } from "node:crypto"
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  symlinkSync
} from "node:fs"
import { join } from "node:path"
import { stagingPrefix } from "./leftovers.mjs"
import { Failure, has, run, say } from "./steps.mjs"

/** What pip is told of a wheel's Python, which is never run, and of its platform. */
const tags = (platform) => [
  "--platform",
  platform,
  "--python-version",
  "3.11",
  "--implementation",
  "cp",
  "--abi",
  "cp311"
]

/** The wheel of TensorFlow whose C library is taken, by platform. Both have the same files in the same places; that of arm64 has been read, but not been run. */
export const wheels = {
  "linux x64": {
    requirement: "tensorflow-cpu==2.21.0",
    tags: tags("manylinux_2_27_x86_64"),
    sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c"
  },
  "linux arm64": {
    requirement: "tensorflow==2.21.0",
    tags: tags("manylinux_2_27_aarch64"),
    sha256: "4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c"
  }
}

const gigabytes = 1.6

/** Puts the C library and its headers from Python's wheel into tfjs-node's `deps`. */
export const fromWheel = async (folder, undo) => {
  const platform = `${process.platform} ${process.arch}`
  const wheel = wheels[platform]
  if (wheel === undefined) {
    throw new Failure(
      `There is no TensorFlow for ${platform} whose SHA-256 is pinned.`,
      `Pinned ones exist for: ${Object.keys(wheels).join(", ")}. tfjs-node's own script fetches one that nothing checks, if you want that: npm install @tensorflow/tfjs-node@4.22.0
The onnx engine needs none of this: npm install --ignore-scripts onnxruntime-node`
    )
  }
  await checkTools()
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize < gigabytes * 1e9) {
    throw new Failure(
      `There is less than ${gigabytes} GB of disk space left in ${folder}.`,
      "Make room, then run this again."
    )
  }
  const staging = mkdtempSync(join(folder, stagingPrefix))
  undo("the staging folder", () => rmSync(staging, { recursive: true, force: true }))
  await download(wheel, staging)
  await unpack(staging)
  renameSync(join(staging, "deps"), join(folder, "deps"))
  rmSync(staging, { recursive: true, force: true })
}

const checkTools = async () => {
  const compiler = process.env.CXX ?? "c++"
  const tools = [
    [compiler, ["--version"], "a C++ compiler"],
    ["make", ["--version"], "make"],
    ["python3", ["--version"], "python3"],
    ["python3", ["-m", "pip", "--version"], "pip for python3"]
  ]
  const missing = []
  for (const [command, args, what] of tools) if (!(await has(command, args))) missing.push(what)
  if (missing.length > 0) {
    throw new Failure(
      `To build the binding, this is missing: ${missing.join(", ")}.`,
      "On Debian and Ubuntu: apt-get install g++ make python3 python3-pip. Then run this again."
    )
  }
}

const download = async ({ requirement, tags, sha256 }, staging) => {
  say(`2. fetching the wheel ${requirement} with pip (about 270 MB)`)
  await run(
    "python3",
    ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", ...tags, "--dest", staging, requirement],
    {
      failure: "pip could not fetch it",
      advice: "Is the package index within reach?"
    }
  )
  const file = readdirSync(staging).find((name) => name.endsWith(".whl"))
  if (file === undefined)
    throw new Failure("pip fetched no wheel.", "Try a newer pip: python3 -m pip install --upgrade pip")
  const hash = createHash("sha256")
  for await (const chunk of createReadStream(join(staging, file))) hash.update(chunk)
  const found = hash.digest("hex")
  if (found !== sha256) {
    throw new Failure(
      `The wheel is not the one that is pinned: its SHA-256 is ${found}, not ${sha256}.`,
      "It was not used."
    )
  }
  renameSync(join(staging, file), join(staging, "wheel.zip"))
  say("   its SHA-256 is the pinned one")
}

/** Only what the binding is built from and what it loads. */
const unpack = async (staging) => {
  say("   unpacking its C library and headers (about 860 MB)")
  const deps = join(staging, "deps")
  mkdirSync(join(deps, "lib"), { recursive: true })
  await run("python3", ["-c", unzip, join(staging, "wheel.zip"), deps], { failure: "the wheel could not be unpacked" })
  symlinkSync("libtensorflow_cc.so.2", join(deps, "lib", "libtensorflow.so"))
  symlinkSync("libtensorflow_framework.so.2", join(deps, "lib", "libtensorflow_framework.so"))
}

const unzip = `
import os, shutil, sys, zipfile
wheel, deps = sys.argv[1:]
headers = tuple("tensorflow/include/" + part for part in ("tensorflow/c/", "tensorflow/core/platform/", "tsl/platform/", "xla/tsl/c/"))
libraries = ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        name = entry.filename
        if name in libraries:
            target = os.path.join(deps, "lib", os.path.basename(name))
        elif name.startswith(headers) and not entry.is_dir():
            target = os.path.join(deps, "include", name[len("tensorflow/include/"):])
        else:
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(entry) as source, open(target, "wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
`
