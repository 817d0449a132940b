"""Winnow: compiles convolutional networks to native code, and runs them.

    import winnow
    model = winnow.compile("resnet50.onnx")
    scores = model(picture)

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, List

if TYPE_CHECKING:
    from winnow.compiler import (Compilation, CompiledModel, algorithm_names, compile, compile_file, phase_names,
                                 target_names)
    from winnow.errors import CompileError, Diagnostic, WinnowError
    from winnow.model import Call, Model
    from winnow.options import CompileOptions
    from winnow.pruning import prune
    from winnow.quantization import quantize
    from winnow.tensors import LayerInfo, TensorInfo

# The module of each name.
_HOMES = {
    **dict.fromkeys(("Compilation", "CompiledModel", "algorithm_names", "compile", "compile_file", "phase_names",
                     "target_names"), "compiler"),
    "CompileOptions": "options",
    "prune": "pruning",
    "quantize": "quantization",
    **dict.fromkeys(("CompileError", "Diagnostic", "WinnowError"), "errors"),
    **dict.fromkeys(("Call", "Model"), "model"),
    **dict.fromkeys(("LayerInfo", "TensorInfo"), "tensors"),
}
__all__ = ["Call", "Compilation", "CompileError", "CompileOptions", "CompiledModel", "Diagnostic", "LayerInfo", "Model",
           "TensorInfo", "WinnowError", "algorithm_names", "compile", "compile_file", "phase_names", "prune",
           "quantize", "target_names"]


def __getattr__(name: str) -> Any:
    if name == "__version__":  # the library knows it
        return importlib.import_module("winnow.compiler").versions()["winnow"]
    if name not in _HOMES:
        raise AttributeError(f"module 'winnow' has no attribute '{name}'")
    value = globals()[name] = getattr(importlib.import_module(f"winnow.{_HOMES[name]}"), name)
    return value


def __dir__() -> List[str]:
    return sorted({*globals(), *__all__})
