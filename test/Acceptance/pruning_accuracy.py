#!/usr/bin/env python3
"""Scores trained networks, pruned after training, on labelled pictures that the tool never saw.

Each case prunes one network with its options on calibration pictures that are not scored. The drop is that of top-1
against the same network in ONNX Runtime, unpruned, on the same pictures, in points; wins and losses are pictures that
only the pruned network, or only the other, has right, and the standard error of the drop follows from them. Zeros are
those of the compiled network's report. Exit status 1 where a case misses a bar, with --strict.

usage: pruning_accuracy.py [--filter REGEX] [--limit PICTURES] [--output DIR] [--strict]
"""

import argparse
import json
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

sys.path.insert(0, str(Path(__file__).resolve().parent))
import labelled_pictures as pictures
from compare_models import wt
from quantization_accuracy import FLOATS, compare, score

import numpy as np


@dataclass(frozen=True)
class Case:
    """One network, pruned as `prune` says on `samples` pictures; `drop` and `agreement` are its bars."""
    network: str
    prune: str
    samples: int = 256
    drop: Optional[float] = None
    agreement: Optional[float] = None
    options: tuple = ()

    @property
    def name(self):
        return f"{self.network} {self.prune}" + "".join(f" {o}" for o in self.options)


CASES = [
    Case("lenet5_mnist", "sparsity:0.9", 8192, drop=0.1),
    Case("lenet5_mnist", "sparsity:0.95", 8192, drop=0.4),
    Case("lenet5_mnist", "sparsity:0.97", 8192, drop=0.8),
    Case("resnet20_cifar10", "sparsity:0.5", 2000, drop=0.5),
    Case("resnet20_cifar10", "sparsity:0.6", 2000, drop=0.5),
    Case("resnet20_cifar10", "sparsity:0.7", 2000, drop=1.0, agreement=95),
    Case("resnet20_cifar10", "sparsity:0.8", 2000, drop=4.0),
    Case("resnet20_cifar10", "sparsity:0.7,criterion=magnitude", 2000),
    Case("resnet20_cifar10", "sparsity:0.7,criterion=fisher", 2000, drop=1.0, agreement=95),
    Case("resnet20_cifar10", "sparsity:0.7,criterion=taylor", 2000),
    Case("lenet5_mnist", "macs:0.3,pattern=channel", 8192, drop=0.3),
    Case("lenet5_mnist", "macs:0.3,pattern=channel,criterion=taylor", 8192, drop=0.3),
    Case("resnet56_cifar10", "macs:0.75,pattern=channel", 2000, drop=1.0),
    Case("squeezenet1.1", "macs:0.8,pattern=channel", 256),
    Case("resnet56_cifar10", "macs:0.8,pattern=layer", 1000),
    Case("resnet20_cifar10", "pattern=2:4", 2000, drop=0.8),
    Case("squeezenet1.1", "sparsity:0.5", 256, drop=4.5),
    Case("mobilenet_v2_1.0_224_qat_deq_fp32", "sparsity:0.5", 432, drop=1.0, options=("--max-drop=1.0",)),
    Case("squeezenet1.1", "sparsity:0.5", 432, drop=1.0, options=("--max-drop=1.0",)),
]


def calibration_options(path, samples, folder):
    labels = folder / "labels.npy"
    np.save(labels, samples.known)
    return [f"--calibrate={pictures.calibration_file(path, samples)}", f"--labels={labels}",
            f"--calibration-samples={len(samples.calibration)}"]


def measure(case, path, data, limit):
    samples = pictures.samples_of(path, data, count=case.samples)
    limit = min(limit or len(samples.labels), len(samples.labels))
    floats, _, _ = score(FLOATS, path, samples, limit)
    with tempfile.TemporaryDirectory(prefix="winnow-pruning-") as name:
        folder, start = Path(name), time.monotonic()
        background = wt.ort_session(path).get_outputs()[0].shape[-1] == 1001
        samples.known += background
        made = wt.compile_model(path, folder / "model.so", f"--prune={case.prune}", "--batch=1",
                                *calibration_options(path, samples, folder), *case.options,
                                f"--report={folder / 'report.json'}", timeout=3600)
        seconds = time.monotonic() - start
        if not made.ok:
            raise SystemExit(f"{case.name}: {made.error}")
        report = json.loads((folder / "report.json").read_text())["pruning"]
        model = wt.Model(folder / "model.so")
        found = np.array([np.asarray(model.run(samples.scored[i:i + 1])[0]).argmax() for i in range(limit)])
    result = compare(found, floats, samples.labels[:limit] + background)
    weights, kept = (sum(layer[key] for layer in report["layers"]) for key in ("weights", "nonzeros"))
    macs, macs_kept = (sum(layer[key] for layer in report["layers"]) for key in ("macs", "macs_kept"))
    return {"case": case.name, "drop_bar": case.drop, "agreement_bar": case.agreement, "pictures": limit,
            "zeros": 100 * (1 - kept / weights), "macs": 100 * macs_kept / macs, "reached": report["reached"],
            "seconds": seconds, "peak": made.peak, **result}


def passes(result):
    return ((result["drop_bar"] is None or result["drop"] <= result["drop_bar"]) and
            (result["agreement_bar"] is None or result["agreement"] >= result["agreement_bar"]))


def table(results):
    rows = ["| case | zeros | MACs left | top-1 | drop | bar | agreement | bar | seconds |",
            "|---|---|---|---|---|---|---|---|---|"]
    show = lambda bar: "-" if bar is None else f"{bar:g}"
    for r in results:
        rows.append(f"| {r['case']} | {r['zeros']:.1f}% | {r['macs']:.1f}% | {r['top1']:.2f} | "
                    f"{r['drop']:+.2f} +- {r['error']:.2f}{'' if passes(r) else ' **missed**'} | {show(r['drop_bar'])} | "
                    f"{r['agreement']:.2f} | {show(r['agreement_bar'])} | {r['seconds']:.0f} |")
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--filter", default="", help="which cases, by name")
    parser.add_argument("--limit", type=int, help="score the first pictures only")
    parser.add_argument("--output", type=Path, help="folder for pruning.json and pruning.md")
    parser.add_argument("--strict", action="store_true", help="fail where a case misses a bar")
    parser.add_argument("--case", nargs=argparse.REMAINDER,
                        help="NETWORK PRUNE SAMPLES OPTION...: a case of your own; must come last")
    arguments = parser.parse_args()
    cases = [c for c in CASES if re.search(arguments.filter, c.name)]
    if arguments.case:
        network, prune, count, *options = arguments.case
        cases = [Case(network, prune, int(count), options=tuple(options))]
    shared, results = wt.shared_folder(), []
    for case in cases:
        results.append(measure(case, shared / "models" / f"{case.network}.onnx", shared / "data", arguments.limit))
        print(table(results[-1:]).splitlines()[-1], file=sys.stderr)
    print(table(results))
    if arguments.output:
        arguments.output.mkdir(parents=True, exist_ok=True)
        (arguments.output / "pruning.json").write_text(json.dumps(results, indent=1) + "\n")
        (arguments.output / "pruning.md").write_text(table(results) + "\n")
    sys.exit(arguments.strict and not all(map(passes, results)))


if __name__ == "__main__":
    main()
