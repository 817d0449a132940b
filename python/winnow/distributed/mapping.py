"""A compiled model over many pictures, and how often it is right."""

from __future__ import annotations

import itertools
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, List, Mapping, Optional, Tuple, Union

import numpy as np

from winnow.distributed.pool import ordered_map
from winnow.distributed.sources import Sample, Source, open_source
from winnow.errors import WinnowError
from winnow.model import Model
from winnow.pictures import PictureOptions, read_picture
from winnow.tensors import TensorInfo
from winnow.text import ProgressBar

#: Makes the (first) input of a model, with a batch of one, from a picture's file.
Prepare = Callable[[bytes, TensorInfo], np.ndarray]
ModelOrPath = Union[Model, str, os.PathLike]
SourceOrPath = Union[Source, str, os.PathLike]

# Pictures in a piece of work: enough to make handing it out cheap, few enough to lose little.
_PIECE = 32


@dataclass(frozen=True)
class Answer:
    """What a model says of a picture. `outputs` have no batch dimension where the model has a batch of one."""
    key: str
    label: Optional[int]
    outputs: Tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Accuracy:
    """How many of `count` pictures have their class first (`top1`), or among the first five (`top5`)."""
    count: int
    top1: int
    top5: int

    def __str__(self) -> str:
        return (f"top-1 {self.top1 / self.count:.2%}, top-5 {self.top5 / self.count:.2%} of {self.count} pictures"
                if self.count else "no pictures")


class _Runner:
    """Runs a model on pieces of a source, in whatever process this is; one context of its own."""

    def __init__(self, library: bytes, source: Source, prepare: Union[Prepare, PictureOptions], threads: int, batch: int):
        with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
            path = os.path.join(folder, "model.so")
            with open(path, "wb") as file:
                file.write(library)
            self._model = Model(path, threads=threads, max_batch=batch, in_place=True)
        if len(self._model.inputs) != 1:
            raise WinnowError(f"expected a model with one input, found {len(self._model.inputs)}")
        self._source, self._prepare = source, prepare
        if batch != 1 and not self._model.has_dynamic_batch:
            raise WinnowError(f"expected a model of a dynamic batch to run {batch} pictures at once, found "
                              f"{self._model.inputs[0]}")
        self._batch = batch

    def __call__(self, piece: Tuple[int, int]) -> List[Answer]:
        answers: List[Answer] = []
        samples = self._source.read(*piece)
        while group := list(itertools.islice(samples, self._batch)):
            array = np.concatenate([self._input(sample) for sample in group]) if len(group) > 1 else self._input(group[0])
            outputs = self._model.run(array)
            for i, sample in enumerate(group):
                answers.append(Answer(sample.key, sample.label, tuple(_row(o, i, len(group)) for o in outputs)))
        return answers

    def _input(self, sample: Sample) -> np.ndarray:
        info = self._model.inputs[0]
        try:
            if isinstance(self._prepare, PictureOptions):
                return read_picture(sample.data, info, self._prepare)
            return self._prepare(sample.data, info)
        except WinnowError as error:
            raise WinnowError(f"{sample.key}: {error}") from error


def _row(output: np.ndarray, index: int, count: int) -> np.ndarray:
    """What belongs to a picture of a batch; a copy where the whole would be kept for it."""
    if output.ndim == 0 or output.shape[0] != count:
        if count == 1:
            return output
        raise WinnowError(f"expected an output for each of {count} pictures, found one of shape {output.shape}")
    return output[0] if count == 1 else output[index].copy()


def map_pictures(model: ModelOrPath, source: SourceOrPath, *, workers: int = 0, threads: int = 1, batch: int = 1,
                 prepare: Union[Prepare, PictureOptions, None] = None, piece: int = _PIECE,
                 progress: Optional[bool] = None) -> Iterator[Answer]:
    """The answers of a compiled model (a Model, or the path of a .so) to all pictures of a source, in its order.

    With `workers`, as many processes of Ray do it, with one context of `threads` threads each; without, this one. The
    results are the same to the last bit, since pictures meet in the same batches of `batch`; a worker that dies is replaced
    and its pictures are done again. `prepare` makes inputs: PictureOptions, or a function of a picture's file and the
    input's TensorInfo. Workers of other machines must see the source under the same path.
    """
    samples = open_source(source)
    if batch < 1 or piece < 1:
        raise WinnowError(f"expected pieces and batches of 1 or more, found {piece} and {batch}")
    size = -(-piece // batch) * batch  # so that batches are the same whatever the pieces
    pieces = [(start, min(start + size, len(samples))) for start in range(0, len(samples), size)]
    library = model.library_bytes() if isinstance(model, Model) else Path(model).read_bytes()
    chosen, bar = prepare if prepare is not None else PictureOptions(), ProgressBar("pictures", progress)

    def make() -> _Runner:
        return _Runner(library, samples, chosen, threads, batch)

    def tell(done: int, count: int) -> None:
        bar("", min(done * size, len(samples)) - 1, len(samples))

    try:
        for answers in ordered_map(make, pieces, workers, threads, tell):
            yield from answers
    finally:
        bar.close()


def evaluate(model: ModelOrPath, source: SourceOrPath, *, labels: Optional[Mapping[str, int]] = None,
             output: int = 0, **options: Any) -> Accuracy:
    """How often the largest value of an output is at a picture's class. Classes are those of the source, or in `labels` by
    the pictures' names; `options` are those of map_pictures()."""
    count = top1 = top5 = 0
    for answer in map_pictures(model, source, **options):
        label = labels.get(answer.key) if labels is not None else answer.label
        if label is None:
            raise WinnowError(f"{answer.key}: expected a picture with a class, but nothing names its")
        scores = answer.outputs[output].reshape(-1)
        # Stable: of equal values the first counts, as argmax has it.
        best = np.argsort(-scores.astype(np.float64), kind="stable")[:5]
        count, top1, top5 = count + 1, top1 + int(best[0] == label), top5 + int(label in best)
    return Accuracy(count, top1, top5)
