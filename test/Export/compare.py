#!/usr/bin/env python3
"""Exports models and compares what ONNX Runtime answers with what it answers for the originals, on random inputs.

A model passes if the export is valid ONNX, exporting it again gives the same file, and the outputs differ by at most
1e-4 of their scale; quantized ones, where a rounding may fall the other way, if 99.9% of the outputs lie within one step.

usage: compare.py MODEL.onnx|DIR... [--options "..."] [--filter REGEX]
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import exported_models
import winnow_testing as wt

import numpy as np
import onnx
from onnx import helper, numpy_helper

TOLERANCE = 1e-4


def range_of(model, name):
    """What the quantization of an input can tell apart; nothing for one that is not quantized."""
    values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear" and node.input[0] == name:
            scale, zero = float(values[node.input[1]]), values[node.input[2]]
            limits = np.iinfo(zero.dtype)
            return (limits.min - int(zero)) * scale, (limits.max - int(zero)) * scale
    return None


def inputs_of(model):
    random = np.random.default_rng(7)
    constants = {tensor.name for tensor in model.graph.initializer}
    feeds = {}
    for info in model.graph.input:
        if info.name in constants:
            continue
        shape = [d.dim_value or 1 for d in info.type.tensor_type.shape.dim]
        dtype = helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type)
        limits = range_of(model, info.name)
        feeds[info.name] = (random.uniform(*limits, shape) if limits else
                            random.standard_normal(shape) if dtype.kind == "f" else
                            random.integers(0, 100, shape)).astype(dtype)
    return feeds


def problem_of(path, options):
    """What is wrong with the export of a model; an empty string where nothing is."""
    original = onnx.load(path)
    loose = any(n.op_type in ("QuantizeLinear", "QLinearConv") for n in original.graph.node)
    feeds = inputs_of(original)
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        exported = exported_models.export(path, folder, *options)
    if not exported.graph.node:
        return "nothing was exported"
    named = [o.name for o in original.graph.output], [o.name for o in exported.graph.output]
    if named[0] != named[1]:
        return f"outputs {named[0]} became {named[1]}"
    for a, e in zip(exported_models.run(exported, feeds), wt.ort_session(path).run(None, feeds)):
        if a.shape != e.shape or a.dtype != e.dtype:
            return f"expected {e.dtype}{list(e.shape)}, got {a.dtype}{list(a.shape)}"
        if e.dtype.kind != "f":
            if (a != e).mean() > 0.001:
                return f"{(a != e).mean():.1%} of an output differ"
        elif loose or e.dtype == np.float16:
            limit = 0.02 * np.abs(e).max()
            far = float((np.abs(a.astype(np.float64) - e) > limit).mean())
            if far > 0.001:
                return f"{far:.1%} of an output differ by more than 2% of the scale"
        elif wt.error_of_scale(a, e) > TOLERANCE:
            return f"error {wt.error_of_scale(a, e):.1e} of the scale"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--filter", default="")
    parser.add_argument("--options", default="", help="for winnowc")
    arguments = parser.parse_args()
    paths = [f for p in arguments.models for f in (sorted(p.glob("*.onnx")) if p.is_dir() else [p])]
    paths = [p for p in paths if re.search(arguments.filter, p.name)]
    failed = 0
    for path in paths:
        try:
            problem = problem_of(path, arguments.options.split())
        except wt.WinnowError as error:
            problem = str(error)
        failed += bool(problem)
        print(f"{path.name}: {problem or 'the same'}", flush=True)
    print(f"{len(paths) - failed} of {len(paths)} exported models are the same")
    sys.exit(failed > 0 or not paths)


if __name__ == "__main__":
    main()
