"""Post-training quantization, from arrays or pictures that lie in Python or in files."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Union

import numpy as np

from winnow.compiler import Compilation, CompiledModel
from winnow.options import ModelSource, PathLike
from winnow.samples import Samples, compile_with_samples


def quantize(model: ModelSource, calibrate: Samples, *, kind: str = "int8",
             output: Optional[PathLike] = None, preprocess: Union[PathLike, Mapping[str, Any]] = "",
             labels: Union[PathLike, np.ndarray] = "", **changes: Any) -> Union[CompiledModel, Compilation]:
    """Quantizes a network by what it computes for samples, and compiles it.

    `calibrate` is a folder of pictures, an .npz, or arrays by input name with samples along the first axis; `preprocess` a
    JSON file or what it would hold ({"size": [224, 224], "mean": [...], "std": [...], ...}); `labels` a file or one integer
    for each sample. `kind` is "int8", or bits of weights and of activations, 2 to 8 each, as in "w4a8". `changes` are
    further fields of CompileOptions (max_drop, compare_bits, calibration_samples, threads, ...).
    Returns a model that is loaded; where `output` has another ending than .so, writes that (.onnx: the network with
    QuantizeLinear and DequantizeLinear, which other engines run) and returns what came of it, with the report.
    """
    return compile_with_samples(model, calibrate, output, preprocess, labels, **dict(changes, quantize=kind))
