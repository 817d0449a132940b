"""Checks what the accuracy scripts conclude from answers, without running any network."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import accuracy_report
import compare_quantized
from quantization_accuracy import compare

import numpy as np
from onnx import TensorProto, helper, numpy_helper

TITLES = {"winnow-int8": ("Winnow int8", True, "int8"), "nncf": ("NNCF", False, "int8")}


def wins_and_losses_are_of_pictures():
    labels = np.array([0, 1, 2, 3])
    found = compare(np.array([0, 1, 9, 9]), np.array([9, 1, 2, 3]), labels)
    assert (found["wins"], found["losses"], found["top1"], found["drop"]) == (1, 2, 50.0, 25.0)
    assert found["agreement"] == 25.0
    # Differences 1, 0, -1, -1: the mean of squares 3/4 less the square of the mean, over four pictures.
    assert abs(found["error"] - 100 * np.sqrt((3 / 4 - (1 / 4) ** 2) / 4)) < 1e-9


def result(ours, theirs, bar=(0.5, 98.0), error=0.3):
    row = lambda drop, agreement: {"top1": 90 - drop, "drop": drop, "agreement": agreement, "wins": 1, "losses": 2,
                                   "error": error, "seconds": 1.0, "peak": None}
    return {"network": "n", "pictures": 100, "top1": 90.0, "bars": {"int8": bar},
            "results": {"winnow-int8": row(*ours), "nncf": row(*theirs)}}


def verdicts():
    say = lambda *given, **more: accuracy_report.verdict(result(*given, **more), "winnow-int8", TITLES)
    assert say((0.5, 98.0), (0.6, 99.0)) == "pass"
    assert say((0.6, 97.9), (0.9, 99.0)) == "drop over 0.5; agreement under 98.0"
    assert say((0.4, 99.0), (0.2, 99.0)) == "NNCF loses less, within the error"
    assert say((0.4, 99.0), (-0.2, 99.0)) == "NNCF loses less"
    assert accuracy_report.verdict(result((1, 1), (0, 99)), "nncf", TITLES) == ""
    broken = result((0, 99), (0, 99))
    broken["results"]["winnow-int8"] = {"unavailable": "no such option"}
    assert accuracy_report.verdict(broken, "winnow-int8", TITLES) == "FAILED"


def tables_hold_every_quantizer():
    text, passed = accuracy_report.markdown([result((0.5, 98.0), (0.6, 99.0))], TITLES)
    assert passed and "1 of 1 bars hold" in text and "NNCF" in text, text
    text, passed = accuracy_report.markdown([result((0.6, 98.0), (0.7, 99.0))], TITLES)
    assert not passed and "0 of 1 bars hold" in text, text
    page = accuracy_report.html([result((0.6, 98.0), (0.7, 99.0))], TITLES)
    assert "drop over 0.5" in page and page.startswith("<!DOCTYPE html>")


def last_values_are_those_before_a_softmax():
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4])
    graph = helper.make_graph(
        [helper.make_node("QuantizeLinear", ["x", "s"], ["q"]), helper.make_node("DequantizeLinear", ["q", "s"], ["d"]),
         helper.make_node("Softmax", ["d"], ["y"])], "g", [value("x")], [value("y")],
        [numpy_helper.from_array(np.float32(0.25), "s")])
    model = helper.make_model(graph)
    assert compare_quantized.with_last_values(model) == (1, 0.25)
    assert [o.name for o in model.graph.output] == ["y", "d"]
    assert compare_quantized.with_last_values(helper.make_model(helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"])], "g", [value("x")], [value("y")]))) is None


def agreement_counts_steps():
    found = compare_quantized.Agreement(1, 0.5)
    found.add([np.array([0, 1]), np.array([0.0, 0.5, 1.5, 3.0])], [np.array([0, 2]), np.array([0.0, 0.0, 0.0, 3.0])])
    found.add([np.array([1, 0]), np.zeros(4)], [np.array([0, 1]), np.zeros(4)])
    assert (found.same, found.near, found.equal, found.worst) == (0.5, 0.875, 0.75, 3.0)


for check in (wins_and_losses_are_of_pictures, verdicts, tables_hold_every_quantizer,
              last_values_are_those_before_a_softmax, agreement_counts_steps):
    check()
