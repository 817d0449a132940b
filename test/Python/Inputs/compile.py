"""winnow.compile(): what it takes, what it makes, what it refuses.

usage: compile.py DIGITS.onnx DIGITS.npz FOLDER
"""

import gc
import os
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

import winnow
from winnow import CompileError, CompileOptions, Model, WinnowError

PATH, DATA, FOLDER = sys.argv[1], np.load(sys.argv[2]), Path(sys.argv[3])
FOLDER.mkdir(parents=True, exist_ok=True)
tempfile.tempdir = str(FOLDER)  # so that what is left behind is seen


def raised(kind, function, *parts):
    try:
        function()
    except kind as error:
        assert all(part in str(error) for part in parts), f"expected {parts} in: {error}"
        return error
    raise AssertionError(f"expected {kind.__name__} with {parts}")


def make_model(node, shapes, element=TensorProto.FLOAT, initializers=()):
    inputs = [helper.make_tensor_value_info(name, element, shape) for name, shape in shapes.items()]
    graph = helper.make_graph([node], "graph", inputs, [helper.make_tensor_value_info("y", element, None)], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])


def test_sources():
    x = DATA["x"][:5]
    expected = winnow.compile(PATH)(x)
    proto = onnx.load(PATH)
    for source in (Path(PATH), proto, proto.SerializeToString(), bytearray(proto.SerializeToString())):
        assert winnow.compile(source)(x).tobytes() == expected.tobytes()
    assert (expected.argmax(1) == DATA["y"][:5]).all()
    raised(TypeError, lambda: winnow.compile(3), "int")
    raised(TypeError, lambda: winnow.compile(PATH, thread=3), "'thread'", "threads")


def test_options():
    x = DATA["x"][:2]
    fixed = winnow.compile(PATH, batch=2, threads=1, opt_level=1, measured_speed=False)
    assert fixed.inputs[0].shape[0] == 2 and not fixed.has_dynamic_batch and fixed.max_threads == 1
    shape = list(fixed.inputs[0].shape)
    named = winnow.compile(PATH, options=CompileOptions(input_shapes={fixed.inputs[0].name: [None] + shape[1:]}))
    assert named.has_dynamic_batch and np.abs(named(x) - fixed(x)).max() < 1e-6
    assert named.options.opt_level == 2 and fixed.options.batch == 2
    direct = winnow.compile(PATH, algorithm="im2col")
    assert "im2col" in [layer.algorithm for layer in direct.layers]
    raised(CompileError, lambda: winnow.compile(PATH, algorithm="magic"), "magic")
    raised(CompileError, lambda: winnow.compile(PATH, target="pdp11"), "pdp11")
    raised(CompileError, lambda: winnow.compile(PATH, batch=0), "Batch", "0")
    raised(CompileError, lambda: winnow.compile(PATH, opt_level=7), "opt_level", "7")
    raised(CompileError, lambda: winnow.compile(PATH, threads=5000), "hreads")
    raised(CompileError, lambda: winnow.compile(PATH, tune_part=(2, 2)), "TunePart")


def test_constants():
    node = helper.make_node("ReduceSum", ["x", "axes"], ["y"], name="sum", keepdims=0)
    graph = make_model(node, {"x": [2, 3]}).graph
    graph.input.append(helper.make_tensor_value_info("axes", TensorProto.INT64, [1]))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    x, axes = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([1], np.int64)
    error = raised(CompileError, lambda: winnow.compile(model), "known when compiling")
    assert error.node == "sum"
    assert (winnow.compile(model, fixed_inputs={"axes": axes})(x) == x.sum(1)).all()
    np.save(FOLDER / "axes.npy", axes)
    assert (winnow.compile(model, fixed_inputs={"axes": FOLDER / "axes.npy"})(x) == x.sum(1)).all()
    os.unlink(FOLDER / "axes.npy")


def test_errors():
    node = helper.make_node("Conv", ["x", "w"], ["y"], name="stem", kernel_shape=[3, 3])
    weights = helper.make_tensor("w", TensorProto.FLOAT, [4, 5, 3, 3], np.zeros(180, np.float32))
    bad = make_model(node, {"x": [1, 3, 8, 8]}, initializers=[weights])
    error = raised(CompileError, lambda: winnow.compile(bad), "stem", "error:")
    assert error.node == "stem" and error.file == "model.onnx" and error.diagnostics[0].severity == "error"
    path = FOLDER / "bad.onnx"
    onnx.save(bad, path)
    assert raised(CompileError, lambda: winnow.compile(path), "stem").file == str(path)
    os.unlink(path)
    raised(CompileError, lambda: winnow.compile(make_model(
        helper.make_node("StringNormalizer", ["x"], ["y"], name="text"), {"x": [3]})), "StringNormalizer")
    raised(CompileError, lambda: winnow.compile("/nowhere.onnx"), "/nowhere.onnx")
    raised(CompileError, lambda: winnow.compile(b"nothing"), "model.onnx")
    raised(CompileError, lambda: winnow.compile(b""), "model.onnx")
    raised(WinnowError, lambda: winnow.compile(PATH, output="model.o"), ".so")


def test_progress():
    seen = []
    winnow.compile(PATH, progress=lambda step, index, count: seen.append((step, index, count)))
    assert seen[0][0] == "import" and [s[1] for s in seen] == list(range(seen[0][2])), seen

    class Stop(Exception):
        pass

    def stop(step, index, count):
        raise Stop(step)

    raised(Stop, lambda: winnow.compile(PATH, progress=stop), "import")


def test_what_is_known():
    model = winnow.compile(PATH)
    report = model.report()
    assert len(report["layers"]) == len(model.layers) and report["arena_bytes_per_batch"] >= 0
    profile = model.profile(seconds=0.05)
    assert profile.total_microseconds > 0 and "conv2" in str(profile)
    assert abs(sum(t.share for t in profile.layers) - 1) < 1e-6


def test_files():
    path, x = FOLDER / "saved.so", DATA["x"][:3]
    model = winnow.compile(PATH)
    # Nothing is left of a process that ends at once: there is no file even while the model lives.
    assert not os.listdir(FOLDER) and model.path == PATH
    model.save(path)
    assert Model.load(path)(x).tobytes() == model(x).tobytes()
    assert path.read_bytes() == model.clone().library_bytes() == Model.load(path).library_bytes()
    kept = winnow.compile(PATH, output=FOLDER / "kept.so")
    assert (FOLDER / "kept.so").exists() and kept(x).tobytes() == model(x).tobytes()
    made = winnow.compile_file(PATH, FOLDER / "model.mlir", compile_to="graph", report=FOLDER / "report.json")
    assert "cnn.convolution" in (FOLDER / "model.mlir").read_text()
    assert not made.diagnostics and (FOLDER / "report.json").read_text().startswith("{")
    winnow.compile_file(PATH, FOLDER / "object.o")
    assert "winnow_model" in (FOLDER / "object.h").read_text()
    for name in ("saved.so", "kept.so", "model.mlir", "report.json", "object.o", "object.h"):
        os.unlink(FOLDER / name)


def test_several_at_once():
    results, x = {}, DATA["x"][:4]

    def work(i):
        results[i] = winnow.compile(PATH, threads=1 + i % 2, progress=False)(x)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4 and all(r.tobytes() == results[0].tobytes() for r in results.values())


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
        gc.collect()
        left = os.listdir(FOLDER)
        assert not left, f"{name} left {left}"
        print(f"{name}: passed")
