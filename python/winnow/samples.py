"""Compilations that run the network on samples, which lie in Python or in files."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Mapping, Optional, Union

import numpy as np

from winnow.compiler import Compilation, CompiledModel, compile, compile_file
from winnow.options import ModelSource, PathLike

Samples = Union[PathLike, Mapping[str, np.ndarray]]


def compile_with_samples(model: ModelSource, calibrate: Samples, output: Optional[PathLike],
                         preprocess: Union[PathLike, Mapping[str, Any]], labels: Union[PathLike, np.ndarray],
                         **chosen: Any) -> Union[CompiledModel, Compilation]:
    """Compiles with the fields `chosen` of CompileOptions and these samples: see quantize()."""
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
    chosen.update(calibrate=calibrate, preprocess=preprocess, labels=labels)
    if chosen.get("dry_run"):
        return compile_file(model, output or "", **chosen)
    if output is not None and not os.fspath(output).endswith(".so"):
        return compile_file(model, output, **chosen)
    result = compile(model, output=output, **chosen)
    result._samples = folder
    return result
