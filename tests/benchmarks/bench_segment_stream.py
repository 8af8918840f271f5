"""Peak memory of `segment_stream` over 50 and over 500 photos of 40 sizes.

  python tests/benchmarks/bench_segment_stream.py

Each count runs in a process of its own. Prints both peaks (of the whole
process) and their ratio, which should be at most 1.2.
"""

import resource
import subprocess
import sys

import numpy as np

SIZES = [(240 + 24 * (i % 8), 320 + 40 * (i // 8)) for i in range(40)]


def photos(count):
    """Noise of 40 sizes, one photo at a time."""
    rng = np.random.default_rng(0)
    for index in range(count):
        height, width = SIZES[index % len(SIZES)]
        coarse = rng.integers(0, 255, (height // 8, width // 8, 3), "uint8")
        yield coarse.repeat(8, 0).repeat(8, 1)


def peak(count):
    """Megabytes of this process after a stream of `count` photos."""
    import keras_solo

    model = keras_solo.SOLOv2.from_preset(
        "solov2_tiny_shapes",
        preprocessor=keras_solo.Letterbox((128, 192), canvas="fit"),
    )
    found = 0
    for _, instances in model.segment_stream(photos(count)):
        found += len(instances)
    print(f"{count} photos, {found} instances", file=sys.stderr)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    if len(sys.argv) > 1:
        print(peak(int(sys.argv[1])))
        return
    peaks = []
    for count in (50, 500):
        command = [sys.executable, __file__, str(count)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        peaks.append(float(done.stdout.split()[-1]))
        print(f"{count} photos: peak of {peaks[-1]:.0f} MB")
    print(f"ratio {peaks[1] / peaks[0]:.3f}")


if __name__ == "__main__":
    main()
