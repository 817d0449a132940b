#!/usr/bin/env python3
"""Scores trained networks, quantized after training by us and by others, on labelled pictures that none of them saw.

Every quantizer gets the same calibration pictures (256 at most, never scored). The drop is that of top-1 against the same
network in 32-bit floats on the same pictures, in points; wins and losses are pictures that only the quantized network, or
only the other, has right, and the standard error of the drop follows from them. A network passes if our drop and our
agreement keep its bars and no other quantizer's drop is smaller. Exit status 1 where one does not, with --strict.

usage: quantization_accuracy.py [--filter REGEX] [--quantizers a,b] [--limit PICTURES] [--output DIR] [--strict]
"""

import argparse
import hashlib
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import labelled_pictures as pictures
from accuracy_report import html, markdown
from compare_models import wt
from quantizers import QUANTIZERS, Quantizer, Unavailable, quantize, runner, version_of, with_options

import numpy as np

# Network -> the most points of top-1 that 8 bits may cost, and the least agreement in percent; the same of 4-bit weights.
BARS = {
    "lenet5_mnist": {"int8": (0.05, None)},
    "mnist-8_cntk": {"int8": (0.05, None)},
    "resnet20_cifar10": {"int8": (0.3, 98.5), "w4a8": (0.5, 98.0)},
    "resnet56_cifar10": {"int8": (0.3, 98.5)},
    "squeezenet1.1": {"int8": (0.6, 95.0), "w4a8": (1.5, None)},
    "mobilenet_v2_1.0_224_qat_deq_fp32": {"int8": (0.5, 98.0), "w4a8": (2.0, None)},
    "mobilenet_v1_0.25_224": {"int8": (0.8, None)},
}

FLOATS = Quantizer("floats", "ONNX Runtime f32", lambda model, samples, folder: (model, None))


def classes_of(quantizer, path, samples, limit):
    """The best class of each scored picture."""
    run = runner(quantizer, path, samples)
    return np.array([run(samples.scored[i:i + 1]).argmax() for i in range(limit)])


def compare(found, floats, labels):
    """How the classes that a quantized network finds compare with those of the network in floats."""
    right, before = found == labels, floats == labels
    wins, losses, count = int((right & ~before).sum()), int((before & ~right).sum()), len(labels)
    # Of a difference of paired answers: each picture adds 1, 0 or -1.
    error = np.sqrt(wins + losses - (wins - losses) ** 2 / count) / count
    return {"top1": 100 * right.mean(), "drop": 100 * (before.mean() - right.mean()), "wins": wins, "losses": losses,
            "error": 100 * error, "agreement": 100 * (found == floats).mean()}


def _kept(quantizer, path, samples, limit):
    """Where the classes that a peer found are kept: they do not change with our compiler. None for ours."""
    if quantizer.ours:
        return None
    identity = hashlib.sha256(path.read_bytes())
    identity.update(samples.calibration.tobytes())
    version = version_of(quantizer) if quantizer is not FLOATS else ""
    identity.update(f"{quantizer.name} {version} {limit}".encode())
    return wt.cache_folder("accuracy") / f"{path.stem}-{quantizer.name}-{identity.hexdigest()[:16]}.npz"


def score(quantizer, path, samples, limit):
    """(classes, seconds of quantizing, peak bytes of it); raises Unavailable."""
    kept = _kept(quantizer, path, samples, limit)
    if kept and kept.exists():
        with np.load(kept) as arrays:
            return arrays["classes"], float(arrays["seconds"]), None
    folder = Path(tempfile.mkdtemp(prefix="winnow-accuracy-"))
    try:
        made, seconds, peak = quantize(quantizer, path, samples, folder)
        classes = classes_of(quantizer, made, samples, limit)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if kept:
        np.savez(kept, classes=classes, seconds=seconds)
    return classes, seconds, peak


def measure(path, chosen, data, limit):
    """All results of one network, or None if there are no labels for it."""
    samples = pictures.samples_of(path, data)
    if samples is None:
        return None
    limit = min(limit or len(samples.labels), len(samples.labels))
    floats, _, _ = score(FLOATS, path, samples, limit)
    outputs = runner(FLOATS, path, samples)(samples.one).size
    labels = samples.labels[:limit] + (outputs == 1001)  # these have a class 0 for the background
    results = {}
    for quantizer in chosen:
        try:
            classes, seconds, peak = score(quantizer, path, samples, limit)
            results[quantizer.name] = {**compare(classes, floats, labels), "seconds": seconds, "peak": peak}
        except Unavailable as reason:
            results[quantizer.name] = {"unavailable": str(reason)[:300]}
        print(f"{path.stem}: {quantizer.title}: {line_of(results[quantizer.name])}", file=sys.stderr)
    return {"network": path.stem, "pictures": limit, "top1": 100 * float((floats == labels).mean()),
            "bars": BARS.get(path.stem, {}), "results": results}


def line_of(result):
    if "unavailable" in result:
        return "not available: " + result["unavailable"]
    return (f"top-1 {result['top1']:.2f}, drop {result['drop']:+.2f} +- {result['error']:.2f}, "
            f"agreement {result['agreement']:.2f}, {result['seconds']:.0f} s")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--filter", default=f"^({'|'.join(map(re.escape, BARS))})$", help="which networks, by name")
    parser.add_argument("--quantizers", default=",".join(q.name for q in QUANTIZERS if q.name != "nncf-full"))
    parser.add_argument("--limit", type=int, help="score the first pictures only")
    parser.add_argument("--models", type=Path, help="the folder of the networks; default: that beside the checkout")
    parser.add_argument("--options", default="", help="more options for winnowc when it quantizes")
    parser.add_argument("--output", type=Path, help="folder for accuracy.json, accuracy.md and accuracy.html")
    parser.add_argument("--strict", action="store_true", help="fail where a network does not pass")
    arguments = parser.parse_args()
    unknown = set(arguments.quantizers.split(",")) - {q.name for q in QUANTIZERS}
    if unknown:
        parser.error(f"no quantizer {', '.join(sorted(unknown))}; there are {', '.join(q.name for q in QUANTIZERS)}")
    return arguments


def main():
    arguments = parse()
    shared = wt.shared_folder()
    chosen = [with_options(q, arguments.options.split()) for q in QUANTIZERS
              if q.name in arguments.quantizers.split(",")]
    paths = [p for p in sorted((arguments.models or shared / "models").glob("*.onnx"))
             if re.search(arguments.filter, p.stem)]
    if not paths:
        sys.exit(f"no network with a name like that in {arguments.models or shared / 'models'}")
    found = [r for p in paths if (r := measure(p, chosen, shared / "data", arguments.limit))]
    titles = {q.name: (q.title, q.ours, q.family) for q in chosen}
    text, passed = markdown(found, titles)
    print(text)
    if arguments.output:
        arguments.output.mkdir(parents=True, exist_ok=True)
        (arguments.output / "accuracy.json").write_text(json.dumps(found, indent=1) + "\n")
        (arguments.output / "accuracy.md").write_text(text + "\n")
        (arguments.output / "accuracy.html").write_text(html(found, titles))
    sys.exit(arguments.strict and not passed)


if __name__ == "__main__":
    main()
