"""Post-training quantization, from arrays or pictures that lie in Python or in files."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Mapping, Optional, Union

import numpy as np

from winnow.compiler import Compilation, CompiledModel, compile, compile_file
from winnow.options import ModelSource, PathLike


def quantize(model: ModelSource, calibrate: Union[PathLike, Mapping[str, np.ndarray]], *, kind: str = "int8",
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
    # The folder is gone with the model: who profiles it compiles it once more.
    folder = tempfile.TemporaryDirectory(prefix="winnow-")
    if isinstance(calibrate, Mapping):
        path = os.path.join(folder.name, "samples.npz")
        np.savez(path, **{name: np.asarray(array) for name, array in calibrate.items()})
        calibrate = path
    if isinstance(preprocess, Mapping):
        text, preprocess = json.dumps(preprocess), os.path.join(folder.name, "preprocess.json")
        with open(preprocess, "w", encoding="utf-8") as file:
            file.write(text)
    if isinstance(labels, np.ndarray):
        array, labels = labels, os.path.join(folder.name, "labels.npy")
        np.save(labels, array, allow_pickle=False)
    chosen = dict(changes, quantize=kind, calibrate=calibrate, preprocess=preprocess, labels=labels)
    if output is not None and not os.fspath(output).endswith(".so"):
        return compile_file(model, output, **chosen)
    result = compile(model, output=output, **chosen)
    result._samples = folder
    return result
