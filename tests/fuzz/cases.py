"""Runs cases in processes that may die, and says how each ended."""

import collections
import dataclasses
import multiprocessing
import pathlib
import tempfile
import time

from tests.benchmarks.child import reset_peak, status

CHUNK = 50


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a case may take: seconds, and megabytes beyond the process."""

    seconds: float = 2.0
    megabytes: float = 300.0


@dataclasses.dataclass(frozen=True)
class End:
    """How a case ended: `read`, `refused`, or what is wrong."""

    seed: int
    kind: str
    detail: str = ""

    @property
    def is_wrong(self):
        return self.kind not in ("read", "refused")


def run(case, seeds, limits):
    """Runs `case(seed, folder)` for each seed.

    It returns None if the file was read, or the text of the error that named
    it. What it raises is wrong.

    Returns:
        An `End` for each seed.
    """
    context = multiprocessing.get_context("fork")
    seeds, ends = collections.deque(seeds), []
    while seeds:
        chunk = [seeds.popleft() for _ in range(min(CHUNK, len(seeds)))]
        ends += _run_chunk(case, chunk, limits, context)
        done = {end.seed for end in ends[-len(chunk) :]}
        seeds.extendleft(reversed([s for s in chunk if s not in done]))
    return ends


def _run_chunk(case, seeds, limits, context):
    """Those of some seeds, up to the first that the process did not survive."""
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(case, seeds, limits, there))
    process.start()
    there.close()
    ends, current = [], None
    # What is slow is left to end by itself, if it does so within reason.
    while here.poll(20 * limits.seconds):
        try:
            message = here.recv()
        except EOFError:
            break
        if isinstance(message, int):
            current = message
        else:
            ends.append(message)
            current = None
    else:
        process.kill()
    process.join()
    if current is not None:
        ends.append(End(current, "crash", f"exit code {process.exitcode}"))
    return ends


def _work(case, seeds, limits, pipe):
    for seed in seeds:
        pipe.send(seed)
        with tempfile.TemporaryDirectory() as folder:
            pipe.send(_one(case, seed, limits, pathlib.Path(folder)))
    pipe.close()


def _one(case, seed, limits, folder):
    reset_peak()
    before, began = status("VmRSS"), time.perf_counter()
    try:
        refused = case(seed, folder)
        kind, detail = ("refused", refused) if refused else ("read", "")
    except Exception as error:
        kind, detail = "exception", f"{type(error).__name__}: {error}"[:300]
    seconds, more = time.perf_counter() - began, status("VmHWM") - before
    if kind != "exception" and seconds > limits.seconds:
        kind, detail = "slow", f"{seconds:.1f} s {detail}"
    if kind != "exception" and more > limits.megabytes:
        kind, detail = "large", f"{more:.0f} MB {detail}"
    return End(seed, kind, detail)


def report(ends):
    """Prints how many ended how; and what is wrong, one line a kind."""
    counts = collections.Counter(end.kind for end in ends)
    print(f"{len(ends)} cases: {dict(counts)}")
    shown = set()
    for end in ends:
        kind = end.kind, end.detail[:60]
        if end.is_wrong and kind not in shown:
            shown.add(kind)
            print(f"  seed {end.seed}: {end.kind}: {end.detail}")
    return sum(end.is_wrong for end in ends)
