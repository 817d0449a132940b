"""The labelled pictures beside the checkout, as inputs of the trained networks there: some to calibrate on, others to
score. A picture is never in both."""

import csv
import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import compare_models as networks
from compare_models import wt

import numpy as np
import onnx
from PIL import Image

CALIBRATION = 256


@dataclass
class Samples:
    """Inputs of one network: arrays of shape [count, channels, height, width] with a label each."""
    name: str                  # of the network's input
    calibration: np.ndarray
    scored: np.ndarray
    labels: np.ndarray         # of those that are scored
    known: np.ndarray          # labels of those that are for calibration

    @property
    def one(self):
        return self.scored[:1]


def _photos(data: Path, count: int):
    """(calibration files, scored files, their labels) of ImageNet: `count`, spread evenly over the sample, are for
    calibration."""
    def listed(folder):
        with open(data / folder / "labels.tsv") as file:
            return [(data / folder / row["file"], int(row["class"])) for row in csv.DictReader(file, delimiter="\t")]
    sample, validation = listed("imagenet1000"), listed("imagenet_val")
    kept = set(np.linspace(0, len(sample) - 1, count).astype(int))
    calibration = [pair for i, pair in enumerate(sample) if i in kept]
    scored = [pair for i, pair in enumerate(sample) if i not in kept] + validation
    return calibration, scored


def _digits(folder: Path, part: str):
    with gzip.open(folder / f"{part}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)
    with gzip.open(folder / f"{part}-labels-idx1-ubyte.gz") as file:
        return images, np.frombuffer(file.read(), np.uint8, offset=8)


def _raw(data: Path, kind: str, cut: str, shape, count: int):
    """Pixels 0..255 (sequences of [h, w, c]) to calibrate on, their labels, those to score, their labels."""
    if kind == "cifar10":
        train, test = np.load(data / "cifar10/train2000.npz"), np.load(data / "cifar10/test1000.npz")
        return train["x"][:count], train["y"][:count], test["x"], test["y"]
    if kind == "mnist":
        train, classes = _digits(data / "mnist", "train")
        return train[:count], classes[:count], *_digits(data / "mnist", "t10k")
    cut_out = lambda path: networks.fit(Image.open(path), cut, shape[-2], shape[-1]).astype(np.uint8)
    return [part for pairs in _photos(data, count)
            for part in ([cut_out(path) for path, _ in pairs], [label for _, label in pairs])]


def input_of(path: Path):
    """Name, shape with 1 for what is open, and element type of a network's only input."""
    model = onnx.load(path, load_external_data=False)
    initial = {i.name for i in model.graph.initializer}
    info = next(i for i in model.graph.input if i.name not in initial)
    shape = [d.dim_value or 1 for d in info.type.tensor_type.shape.dim]
    return info.name, shape, onnx.helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type)


def samples_of(path: Path, data: Path, needs_labels: bool = True, count: int = CALIBRATION):
    """What the network at `path` is calibrated on (at most `count`) and scored on, as Samples; None if there are no
    pictures for it, or if these have no labels for it and it `needs_labels`."""
    rule = next((n for n in networks.NETWORKS if re.search(n[0], path.name)), None)
    if rule is None or rule[1] == "few" or (needs_labels and "vww" in path.name):
        return None
    _, kind, cut, scale = rule
    name, shape, dtype = input_of(path)
    calibration, known, scored, labels = _raw(data, kind, cut, shape, count)
    prepare = lambda pictures: np.stack(
        [networks.SCALES[scale](np.asarray(p, np.float32)).transpose(2, 0, 1) for p in pictures]).astype(dtype)
    return Samples(name, prepare(calibration), prepare(scored), np.asarray(labels, np.int64),
                   np.asarray(known, np.int64))


def calibration_file(path: Path, samples: Samples) -> Path:
    """The calibration pictures as the .npz that winnowc --calibrate takes, in the cache."""
    digest = hashlib.sha256(samples.calibration.tobytes() + samples.name.encode()).hexdigest()[:16]
    file = wt.cache_folder("accuracy") / f"calibration-{digest}.npz"
    if not file.exists():
        partial = file.with_name(f"{file.stem}.partial.npz")
        np.savez(partial, **{samples.name: samples.calibration})
        partial.rename(file)
    return file
