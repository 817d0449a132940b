#!/usr/bin/env python3
"""Compares how much time networks lose with how many multiplications when filters are removed.

Each network is compiled as it is and with `--prune=macs:SHARE,pattern=channel` on calibration pictures; both take turns,
and least times are kept. Printed are the share of multiply-adds that went, the share of the time that went, and the
second over the first (bar 0.85). Exit status 1 where one misses it, with --strict. Models and pictures are those of the
accuracy scripts.

usage: filters.py [--only TEXT] [--rounds N] [--strict]
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Acceptance"))
import winnow_testing as wt

from turns import least_times, random_inputs

BAR = 0.85
#: Network, share of its multiply-adds to keep, pictures to calibrate with.
CASES = [("lenet5_mnist", 0.5, 1024), ("lenet5_mnist", 0.3, 1024), ("resnet20_cifar10", 0.75, 512),
         ("resnet20_cifar10", 0.5, 512), ("resnet56_cifar10", 0.75, 256), ("resnet56_cifar10", 0.5, 256),
         ("squeezenet1.1", 0.8, 32), ("squeezenet1.1", 0.6, 32)]


def measure(network, share, count, rounds):
    """The shares of multiply-adds and of time that pruning takes away, and both times."""
    from labelled_pictures import samples_of
    from pruning_accuracy import calibration_options
    shared = wt.shared_folder()
    path = shared / "models" / f"{network}.onnx"
    samples = samples_of(path, shared / "data", count=count)
    with tempfile.TemporaryDirectory(prefix="winnow-filters-") as name:
        folder = Path(name)
        for product, options in {"dense": [], "pruned": [f"--prune=macs:{share},pattern=channel",
                                                         *calibration_options(path, samples, folder)]}.items():
            made = wt.compile_model(path, folder / f"{product}.so", "--batch=1", "--threads=1", *options,
                                    f"--report={folder / product}.json", timeout=3600)
            if not made.ok:
                raise SystemExit(f"{network}: {made.error}")
        models = {product: wt.Model(folder / f"{product}.so") for product in ("dense", "pruned")}
        macs = {product: sum(layer["macs"] for layer in json.loads((folder / f"{product}.json").read_text())["layers"])
                for product in models}
        inputs = {product: random_inputs(model) for product, model in models.items()}
        times = least_times(models, inputs, rounds)
    return 1 - macs["pruned"] / macs["dense"], 1 - times["pruned"] / times["dense"], times


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", default="", help="networks whose name contains this")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--strict", action="store_true", help="fail where a network misses the bar")
    arguments = parser.parse_args()
    missed = False
    print(f"{'':20} {'target':>6} {'before':>8} {'after':>8} {'MACs cut':>9} {'time cut':>9} {'ratio':>6}")
    for network, share, count in CASES:
        if arguments.only not in network:
            continue
        macs, saved, times = measure(network, share, count, arguments.rounds)
        missed |= saved < BAR * macs
        print(f"{network:20} {share:6.2f} {times['dense']:8.3f} {times['pruned']:8.3f} {macs:9.3f} {saved:9.3f} "
              f"{saved / macs:6.2f}{'' if saved >= BAR * macs else ' missed'}", flush=True)
    sys.exit(arguments.strict and missed)


if __name__ == "__main__":
    main()
