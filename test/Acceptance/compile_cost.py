#!/usr/bin/env python3
"""What compiling costs: seconds and peak memory of winnowc for each network of the zoo beside the checkout.

Limits: SqueezeNet under 10 s, ResNet-50 under 40 s, memory under 6 times the model's bytes + 300 MB.

usage: compile_cost.py [--filter REGEX] [--options "..."]
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt
from compare_zoo import materialized

SECONDS = {"squeezenet1_1": 10, "resnet50": 40}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--filter", default="")
    parser.add_argument("--options", default="", help="more options for winnowc")
    arguments = parser.parse_args()
    shared, rows, failed = wt.shared_folder(), [], 0
    for name in sorted(p.stem for p in (shared / "zoo").glob("*.onnx")):
        if not re.search(arguments.filter, name):
            continue
        path = materialized(shared, name)
        with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
            library = Path(folder) / "model.so"
            result = wt.compile_model(path, library, *arguments.options.split())
            size = library.stat().st_size if result.ok else 0
        bytes_in = path.stat().st_size
        bound = 6 * bytes_in + 300e6
        ok = result.ok and result.seconds <= SECONDS.get(name, 600) and result.peak <= bound
        failed += not ok
        note = "passed" if ok else "FAILED" if result.ok else "FAILED: " + result.error[:150]
        rows.append([name, f"{bytes_in / 1e6:.1f}", f"{result.seconds:.1f}", SECONDS.get(name, "-"),
                     f"{result.peak / 1e6:.0f}", f"{bound / 1e6:.0f}", f"{size / 1e6:.1f}", note])
        print(f"{name}: {result.seconds:.1f} s, {result.peak / 1e6:.0f} MB, {note}", file=sys.stderr)
    print(wt.table(rows, ["network", "model MB", "seconds", "limit", "peak MB", "limit MB", "library MB", "verdict"]))
    print(f"\n{len(rows) - failed} of {len(rows)} passed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
