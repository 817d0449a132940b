#!/usr/bin/env python3
"""Compares each trained network beside the checkout with ONNX Runtime, on every picture that fits it.

A network passes if its top-1 answers are ONNX Runtime's on all pictures (those that tie within 1e-4 of the output's
scale aside) and its outputs differ by at most 1e-4 of their scale; the fp16 network and the quantized (QDQ) ones, which
round on their way, pass with the same top-1 on at least 99% of the pictures.

usage: compare_models.py [--filter REGEX] [--limit PICTURES] [--jobs N] [--options "..."]
"""

import argparse
import gzip
import os
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

import numpy as np
import onnx
from PIL import Image

TOLERANCE = 1e-4
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)

# How pixels become the network's input; x is RGB (or grey), 0..255.
SCALES = {
    "caffe": lambda x: x[..., ::-1] - np.array([104, 117, 123], np.float32),
    "half": lambda x: x / 127.5 - 1,
    "128": lambda x: (x - 128) / 128,
    "127": lambda x: (x - 127) / 128,
    "imagenet": lambda x: (x / 255 - MEAN) / DEVIATION,
    "raw": lambda x: x,
    "unit": lambda x: x / 255,
}

# Pattern of the file's name -> pictures, how they are cut to size, how their pixels are scaled.
NETWORKS = [
    (r"squeezenet", "photos", "crop", "caffe"),
    (r"mobilenet_v1_0.25_224", "photos", "crop", "half"),
    (r"mobilenet_v1_0.25_128_qat", "photos", "resize", "128"),
    (r"mobilenet_v2_1.0_224_qat", "photos", "crop", "128"),
    (r"mobilenet_v2_torchvision", "photos", "crop", "imagenet"),
    (r"resnet(20|56)_cifar10", "cifar10", "whole", "imagenet"),
    (r"mlperftiny_resnet8", "cifar10", "whole", "raw"),
    (r"mlperftiny_vww96", "photos", "resize", "unit"),
    (r"mnist-8", "mnist", "whole", "raw"),
    (r"lenet", "mnist", "whole", "unit"),
    (r"ultraface", "few", "resize", "127"),
    (r"superres", "few", "luma", "unit"),
    (r"deeplabv3", "few", "resize", "128"),
]


def photo_files(data, few):
    files = sorted((data / "images").glob("[!b]*.png")) + [data / "images" / "bird_segmentation.png"]
    files += sorted((data / "imagenet_val").glob("*.[jJ]*"))
    return files if few else files + sorted((data / "imagenet1000").glob("*.jpg"))


def pictures(data, kind, cut, shape, limit):
    """Yields pictures as float32 [h, w, c] with pixels 0..255."""
    if kind == "cifar10":
        for x in np.load(data / "cifar10" / "test1000.npz")["x"][:limit]:
            yield x.astype(np.float32)
    elif kind == "mnist":
        with gzip.open(data / "mnist" / "t10k-images-idx3-ubyte.gz") as file:
            x = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)
        for image in x[:limit]:
            yield image.astype(np.float32)
    else:
        for path in photo_files(data, kind == "few")[:limit]:
            yield fit(Image.open(path), cut, shape[-2], shape[-1])


def fit(image, cut, height, width):
    if cut == "luma":
        image = image.convert("YCbCr").split()[0]
    else:
        image = image.convert("RGB")
    if cut != "resize":  # the centre of the picture whose short side is 256
        short = min(image.size)
        image = image.resize([round(s * 256 / short) for s in image.size], Image.BILINEAR)
        left, top = (image.size[0] - width) // 2, (image.size[1] - height) // 2
        image = image.crop((left, top, left + width, top + height))
    else:
        image = image.resize((width, height), Image.BILINEAR)
    array = np.asarray(image, np.float32)
    return array if array.ndim == 3 else array[..., None]


class Score:
    """What the comparison of one network found."""

    def __init__(self):
        self.pictures = self.equal = self.ties = 0
        self.error = 0.0
        self.seconds = 0.0

    def add(self, actual, expected, classifies, margins):
        self.pictures += 1
        same = True
        for a, e in zip(actual, expected):
            if a.shape != e.shape or a.dtype != e.dtype:
                raise SystemExit(f"expected {e.dtype}{e.shape}, got {a.dtype}{a.shape}")
            if e.dtype.kind != "f":
                same = same and not self.differs(a, e, margins)
                continue
            self.error = max(self.error, wt.error_of_scale(a, e))
            if classifies:
                same = same and self.same_class(a.astype(np.float64).ravel(), e.astype(np.float64).ravel())
        self.equal += bool(same)

    def same_class(self, a, e):
        if a.argmax() == e.argmax():
            return True
        tie = bool(e.max() - e[a.argmax()] <= TOLERANCE * np.abs(e).max())
        self.ties += tie
        return tie

    @staticmethod
    def differs(a, e, margins):
        """For maps of classes: True if they differ where the best two classes do not tie."""
        return bool(((a != e) & (margins > TOLERANCE)).any())


def with_scores(model):
    """A class map's network (ArgMax at its end) with the scores behind the map as another output, else None."""
    for node in model.graph.node:
        if node.op_type == "ArgMax":
            model.graph.output.append(onnx.helper.make_empty_tensor_value_info(node.input[0]))
            axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
            return axis
    return None


def margins_of(scores, axis):
    """How far the best class is ahead of the second, in units of the scores' scale."""
    best = np.sort(scores, axis=axis)
    first, second = np.take(best, -1, axis), np.take(best, -2, axis)
    return (first - second) / np.abs(scores).max()


def compare(path, arguments, data):
    network = next((n for n in NETWORKS if re.search(n[0], path.name)), None)
    if network is None:
        return {"row": [path.name, "-", "-", "-", "-", "no rule says what its input is"], "ok": False}
    _, kind, cut, scale = network
    model = onnx.load(path)
    initial = {i.name for i in model.graph.initializer}
    info = next(i for i in model.graph.input if i.name not in initial)
    shape = [d.dim_value or 1 for d in info.type.tensor_type.shape.dim]
    dtype = onnx.helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type)
    dynamic = any(not d.dim_value for d in info.type.tensor_type.shape.dim)
    options = arguments.options.split() + (["--batch=1"] if dynamic else [])
    compiled = wt.compile_and_load(path, *options)
    axis = with_scores(model)
    session = wt.ort_session(model if axis is not None else path)
    score, rounds = Score(), {"ours": 0.0, "theirs": 0.0}
    classifies = kind != "few"
    batch_inputs = []
    for picture in pictures(data, kind, cut, shape, arguments.limit):
        x = SCALES[scale](picture).transpose(2, 0, 1)[None].astype(dtype)
        x = np.ascontiguousarray(x)
        if len(batch_inputs) < 6:
            batch_inputs.append(x)
        start = time.perf_counter()
        actual = compiled.run(x)
        middle = time.perf_counter()
        expected = session.run(None, {info.name: x})
        rounds["ours"] += middle - start
        rounds["theirs"] += time.perf_counter() - middle
        margins = margins_of(expected.pop(), axis) if axis is not None else None
        score.add(actual, expected, classifies, margins)
    dynamic_error = compare_batches(path, arguments, session, info.name, batch_inputs, axis) if dynamic else None
    return verdict(path.name, score, rounds, dynamic_error)


def compare_batches(path, arguments, session, name, inputs, axis):
    """The largest error of the same network compiled for any batch, at batches of 1, 2 and 3; None if it takes one
    batch only."""
    compiled, worst = wt.compile_and_load(path, *arguments.options.split()), 0.0
    for start, batch in ((0, 1), (1, 2), (3, 3)):
        x = np.concatenate(inputs[start:start + batch])
        try:
            expected = session.run(None, {name: x})
        except Exception:  # a file that leaves the batch open, but holds shapes for one batch
            return None
        if axis is not None:
            expected.pop()
        for a, e in zip(compiled.run(x), expected):
            if a.shape != e.shape:
                return float("inf")
            worst = max(worst, wt.error_of_scale(a, e) if e.dtype.kind == "f" else float((a != e).mean()))
    return worst


def verdict(name, score, rounds, dynamic_error):
    loose = "fp16" in name or "qdq" in name
    if loose:
        ok = score.equal >= 0.99 * score.pictures
    else:
        ok = score.equal == score.pictures and score.error <= TOLERANCE
        ok = ok and (dynamic_error is None or dynamic_error <= TOLERANCE)
    dynamic = "-" if dynamic_error is None else f"{dynamic_error:.1e}"
    row = [name, score.pictures, f"{score.equal}", score.ties, f"{score.error:.1e}", dynamic,
           f"{1e3 * rounds['ours'] / score.pictures:.2f}", f"{1e3 * rounds['theirs'] / score.pictures:.2f}",
           "passed" if ok else "FAILED"]
    return {"row": row, "ok": bool(ok)}


HEADER = ["network", "pictures", "same top-1", "of these ties", "error / scale", "batches 1-3", "ms", "ms ORT", "verdict"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--filter", default="")
    parser.add_argument("--limit", type=int, default=None, help="compare the first pictures only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--options", default="", help="more options for winnowc")
    arguments = parser.parse_args()
    shared = wt.shared_folder()
    paths = [p for p in sorted((shared / "models").glob("*.onnx")) if re.search(arguments.filter, p.name)]
    rows = {}
    for path, result in wt.isolated(paths, lambda p: compare(p, arguments, shared / "data"), arguments.jobs, 3600):
        if "row" not in result:
            reason = str(result.get("raised") or result["died"])
            result = {"row": [path.name, *["-"] * (len(HEADER) - 2), "FAILED: " + " ".join(reason.split())[:200]],
                      "ok": False}
        rows[path] = result
        print(f"[{len(rows)}/{len(paths)}] {path.name}: {result['row'][-1]}", file=sys.stderr)
    print(wt.table([rows[p]["row"] for p in paths], HEADER))
    failed = sum(not r["ok"] for r in rows.values())
    print(f"\n{len(rows) - failed} of {len(rows)} networks passed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
