"""Models that winnowc has written as ONNX: they must be valid, and survive another import and export unchanged."""

from pathlib import Path

import winnow_testing as wt

import onnx
from onnx.reference import ReferenceEvaluator


def export(model, folder, *options) -> onnx.ModelProto:
    """What winnowc writes of a model (a path, or a ModelProto), checked; raises WinnowError where something is wrong."""
    first, second = Path(folder) / "exported.onnx", Path(folder) / "again.onnx"
    result = wt.compile_model(model, first, *options)
    if not result.ok:
        raise wt.WinnowError(result.error)
    exported = onnx.load(first)
    try:
        onnx.checker.check_model(exported, full_check=True)
    except Exception as error:
        raise wt.WinnowError(f"the exported model is not valid: {error}") from error
    again = wt.compile_model(first, second)
    if not again.ok:
        raise wt.WinnowError(f"the exported model does not compile: {again.error}")
    repeated = onnx.load(second)
    if repeated.SerializeToString() != exported.SerializeToString():
        raise wt.WinnowError(f"exported again, the model is another: {first_difference(exported, repeated)}")
    return exported


def first_difference(one, other) -> str:
    """Where two graphs part, in words."""
    for kind in ("input", "output", "node", "initializer"):
        ones, others = getattr(one.graph, kind), getattr(other.graph, kind)
        for a, b in zip(ones, others):
            if a != b:
                show = lambda item: " ".join(str(item).split())[:200]
                return f"{kind} {show(a)} became {show(b)}"
        if len(ones) != len(others):
            return f"{len(ones)} of {kind} became {len(others)}"
    return "nothing in the graph"


def run(model: onnx.ModelProto, feeds: dict) -> list:
    """The outputs, by ONNX Runtime or, where that cannot, by ONNX's reference."""
    try:
        return wt.ort_session(model).run(None, feeds)
    except Exception as error:
        reason = " ".join(str(error).split())
    try:
        return ReferenceEvaluator(model).run(None, feeds)
    except Exception as error:
        raise wt.WinnowError(f"nobody runs the exported model: {reason[:300]}; {' '.join(str(error).split())[:200]}")
