"""One side of a case, in a process of its own; `paired` starts it.

It says on its standard output, one JSON object a line, that it is ready, and
then, each time a line comes in, how long a turn took. In between it waits for
a line and uses no core.
"""

import gc
import importlib
import importlib.metadata
import json
import os
import resource
import sys
import time

PACKAGES = (
    "keras",
    "jax",
    "tensorflow",
    "torch",
    "mmdet",
    "numpy",
    "cv2",
    "pycocotools",
    "hotcoco",
)
DISTRIBUTIONS = {"cv2": "opencv-python-headless"}


def main():
    module, number, role, threads, material = sys.argv[1:]
    # Before any library counts the cores.
    cores = sorted(os.sched_getaffinity(0))[: int(threads)]
    os.sched_setaffinity(0, cores)
    say = private_output()
    case, call = start(module, int(number), role, json.loads(material))
    began = time.perf_counter()
    answer = call()
    first = time.perf_counter() - began
    call()
    gc.collect()
    peak = status("VmHWM")
    reset_peak()
    say(
        {
            "first": first,
            "answer": answer,
            "loaded": status("VmRSS"),
        }
    )
    before = own_cores()
    for _ in sys.stdin:
        waited = own_cores() - before
        say({**turn(call, case.calls), "waited": waited})
        before = own_cores()
    now = status("VmHWM")
    # Last of all: what reading them leaves in the heap is in the calls' way.
    used = versions()
    say({"peak": now, "whole_peak": max(now, peak), "versions": used})


def start(module, number, role, material):
    import cv2

    from tests.benchmarks.material import Material

    cv2.setNumThreads(len(os.sched_getaffinity(0)))
    case = importlib.import_module(module).CASES[number]
    return case, getattr(case, role)(Material(**material))


def turn(call, calls):
    """Seconds of each call; and of the cores, ours and those of others."""
    seconds = []
    mine, all_of_them = own_cores(), busy_cores()
    began = time.perf_counter()
    for _ in range(calls):
        before = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - before)
    passed = time.perf_counter() - began
    mine, all_of_them = own_cores() - mine, busy_cores() - all_of_them
    return {
        "seconds": seconds,
        "core_seconds": mine / calls,
        "others": max(all_of_them - mine, 0) / passed / os.cpu_count(),
    }


def private_output():
    """What is printed elsewhere goes to the standard error from here on."""
    stream = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(message):
        print(json.dumps(message), file=stream, flush=True)

    return say


def own_cores():
    """Seconds of all cores, those of finished subprocesses too."""
    usages = [
        resource.getrusage(who)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def busy_cores():
    """Seconds that all processes of the machine used, of all cores."""
    with open("/proc/stat") as file:
        ticks = [int(value) for value in file.readline().split()[1:9]]
    idle, waiting = ticks[3:5]
    return (sum(ticks) - idle - waiting) / os.sysconf("SC_CLK_TCK")


def status(field):
    """Megabytes of this process: VmRSS now, VmHWM at most."""
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(field):
                return int(line.split()[1]) / 1024
    raise ValueError(f"Expected {field} in /proc/self/status.")


def reset_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def versions():
    return {
        name: importlib.metadata.version(DISTRIBUTIONS.get(name, name))
        for name in PACKAGES
        if name in sys.modules and installed(DISTRIBUTIONS.get(name, name))
    }


def installed(name):
    try:
        return bool(importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return False


if __name__ == "__main__":
    main()
