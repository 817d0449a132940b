"""Checks what the benchmark concludes from times, without measuring any."""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import layers
import networks_int8
import report
import rounds
import zoo

import numpy as np
from onnx import TensorProto, helper


def result(times, target=None, **more):
    """What rounds.measure() returns for an engine's least milliseconds."""
    engines = {name: {"wall": {"min": t, "median": 2 * t}, "facts": {"macs": 10**6}} for name, t in times.items()}
    return {"network": "n", "threads": 1, "target": target, "engines": engines, "disturbed": 0.0, "reference": "ort",
            **more}


def ratio_is_to_the_best_in_32_bits():
    found = result({"winnow": 6.0, "ort": 10.0, "openvino": 8.0, "openvino-default": 1.0})
    assert report.best_peer(found, "wall") == ("openvino", 8.0)
    assert report.ratio(found, "wall") == 0.75
    assert report.ratio(result({"winnow": 6.0}), "wall") is None


def verdicts():
    say = lambda ours, target, **more: report.verdict(result({"winnow": ours, "ort": 10.0}, target, **more), "wall")
    assert say(6.0, 0.6) == "pass" and say(6.1, 0.6) == "miss" and say(10.1, 0.6) == "LOSS"
    assert say(9.9, None) == "pass"
    assert say(6.0, 0.6, disturbed=0.9) == "pass (busy)"
    wrong = result({"winnow": 1.0, "ort": 10.0}, 0.6)
    wrong["engines"]["winnow"]["right"] = False
    assert report.verdict(wrong, "wall") == "WRONG"
    broken = result({"ort": 10.0})
    broken["engines"]["winnow"] = {"unavailable": "no such op"}
    assert report.verdict(broken, "wall") == "FAILED: no such op"


def table_counts_what_passed():
    text = report.network_table([result({"winnow": 5.0, "ort": 10.0}, 0.6), result({"winnow": 20.0, "ort": 10.0}, 0.6)],
                                "wall", {"1": 100.0})
    assert "1 of 2 within their targets; geometric mean of the ratios 1.000" in text, text
    assert " 0%" in text  # 2e6 operations in 5 ms are 0.4 GFLOP/s


def integers_are_compared_with_integers():
    vnni, amx = ["avx512f", "avx512_vnni"], ["avx512_vnni", "amx_int8"]
    say = lambda found, features: networks_int8.verdict({**found, "network": "resnet50"}, "wall", features)
    peers = {"ort-int8": 10.0, "openvino-int8": 12.0, "openvino": 1.0, "winnow": 20.0}
    found = result({"winnow-int8": 9.0, "winnow-qdq": 8.4, **peers})
    assert networks_int8.ours(found, "wall") == ("winnow-qdq", 8.4)
    assert networks_int8.best_peer(found, "wall") == ("ort-int8", 10.0)
    assert say(found, vnni) == "pass" and say(found, amx) == "miss"
    assert say(result({"winnow-int8": 8.6, **peers}), vnni) == "miss"
    assert say(result({"winnow-int8": 10.1, **peers}), vnni) == "LOSS"
    assert say(result({"winnow-int8": 8.4, **peers, "winnow": 18.0}), vnni) == "miss"  # 0.47 of our floats
    found["engines"]["ort-int8"]["noise"], found["engines"]["winnow-int8"]["noise"] = 0.10, 0.13
    assert say(found, vnni) == "WRONG: Winnow --quantize=int8"
    found["engines"]["winnow-qdq"] = {"unavailable": "no such op"}
    assert say(found, vnni) == "FAILED: no such op"


def gains_of_threads():
    one, two = result({"winnow": 9.0}), {**result({"winnow": 5.0}), "threads": 2}
    assert report.scaling([one, two], "wall") == "Winnow's gain from 1 to 2 threads: n 1.80."
    assert report.scaling([one], "wall") == ""


def differences_are_of_the_deviation():
    expected = [np.array([0.0, 2.0], np.float32)]
    assert rounds.error_of([np.array([0.5, 2.0], np.float32)], expected) == 0.5
    assert rounds.error_of([np.array([0.0], np.float32)], expected) == float("inf")
    assert rounds.noise_of([np.array([1.0, 2.0], np.float32)], expected) == np.sqrt(0.5)
    assert rounds.error_of([np.array([0.0, np.nan], np.float32)], expected) == float("inf")


def nodes_find_their_convolutions():
    """Two convolutions whose sum and activation ONNX Runtime fuses into the second."""
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
    graph = helper.make_graph([
        helper.make_node("Conv", ["x", "w0"], ["a"], name="first"),
        helper.make_node("Conv", ["a", "w1"], ["b"], name="second"),
        helper.make_node("Add", ["b", "a"], ["c"], name="sum"),
        helper.make_node("Relu", ["c"], ["d"], name="relu"),
        helper.make_node("MaxPool", ["d"], ["e"], name="pool", kernel_shape=[2, 2])], "g", [value("x")], [value("e")])
    taken = {"a", "d", "e"}
    assert layers.owner("d_nchwc", graph, taken).name == "second"
    assert layers.owner("a_nchwc", graph, taken).name == "first"
    assert layers.owner("first", graph, taken).name == "first"
    assert layers.owner("e_nchwc", graph, taken) is None


def sections_are_replaced():
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.md"
        page.write_text("a\n<!-- x -->\nold\n<!-- /x -->\nb\n")
        report.write_section(page, "x", "new")
        assert page.read_text() == "a\n<!-- x -->\nnew\n<!-- /x -->\nb\n"


def networks_are_found():
    assert [n.name for n in zoo.find()] == ["digits_cnn"]
    assert zoo.find()[0].target is None


for check in (ratio_is_to_the_best_in_32_bits, verdicts, table_counts_what_passed,
              integers_are_compared_with_integers, gains_of_threads,
              differences_are_of_the_deviation, nodes_find_their_convolutions, sections_are_replaced,
              networks_are_found):
    check()
