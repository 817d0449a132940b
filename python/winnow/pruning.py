"""Pruning after training, from arrays or pictures that lie in Python or in files."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Union

import numpy as np

from winnow.compiler import Compilation, CompiledModel
from winnow.options import ModelSource, PathLike
from winnow.samples import Samples, compile_with_samples


def prune(model: ModelSource, calibrate: Samples, target: str, *, output: Optional[PathLike] = None,
          preprocess: Union[PathLike, Mapping[str, Any]] = "", labels: Union[PathLike, np.ndarray] = "",
          **changes: Any) -> Union[CompiledModel, Compilation]:
    """Makes weights of a network zero by what it computes for samples, fits those that are left, and compiles it.

    `target` is what is to be reached, as "sparsity:0.7" (part of the weights that become zero), "macs:0.5",
    "latency:0.6" (part that is left) or "bytes:500000", and with commas "pattern=2:4" and "criterion=taylor".
    `calibrate`, `preprocess`, `labels` and what is returned are as for quantize(); `changes` are further fields of
    CompileOptions (max_drop, quantize, calibration_samples, ...). Where `output` ends with .onnx, it is an ordinary
    network with the zeros in its weights, or with fewer channels.

    With `dry_run="full"` (or "quick") nothing is compiled: the report of what is returned says under ["pruning"]["points"]
    what several levels up to the target would do to accuracy, predicted time, size and energy.
    """
    return compile_with_samples(model, calibrate, output, preprocess, labels, **dict(changes, prune=target))
