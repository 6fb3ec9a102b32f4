"""One contender as a process: python main.py MODULE. A request is a line of JSON on stdin, its reply a line on stdout.

{"do": "prepare", "work": {...}}  builds, compiles and runs the first step
{"do": "run", "steps": n}         runs at least n steps; replies how many, and the milliseconds that they took
"""
import importlib
import json
import os
import resource
import sys
import time

import data

FIRST = 50  # losses that are kept, to see that all contenders do the same work


def peak_megabytes():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def serve(peer, requests, reply):
    run, losses = None, []
    for line in requests:
        request = json.loads(line)
        preparing = request["do"] == "prepare"
        if preparing:
            data.read(request["work"])
        started = time.perf_counter()
        if preparing:
            run = peer.prepare(request["work"])
            built = time.perf_counter() - started
        new = run(1 if preparing else request["steps"])
        answer = {"steps": len(new), "ms": (time.perf_counter() - started) * 1e3, "peakMb": peak_megabytes()}
        losses += [float(x) for x in new[: FIRST - len(losses)]]
        if len(losses) == FIRST:
            answer["loss"] = sum(losses[-10:]) / 10
        if preparing:
            answer["buildMs"] = built * 1e3
            answer["versions"] = {name: importlib.import_module(name).__version__ for name in peer.PACKAGES}
        reply(answer)


def main():
    # Libraries that print would break the protocol: only replies go to the real stdout.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def reply(answer):
        out.write(json.dumps(answer) + "\n")
        out.flush()

    try:
        serve(importlib.import_module(sys.argv[1]), sys.stdin, reply)
    except Exception as error:  # the parent goes on without this contender
        reply({"error": f"{type(error).__name__}: {error}"})
        raise


if __name__ == "__main__":
    main()
