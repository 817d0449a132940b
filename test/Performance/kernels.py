#!/usr/bin/env python3
"""Times single convolutions of well-known networks against the multiply-add peak of the core and ONNX Runtime.

Each shape is a network of one convolution (with bias). Those that the limit is about are computed directly (no transform,
so that "of the peak" is what the kernel reaches), the others as the compiler chooses. Measured is the layer alone, without the conversion of the input
that a network has once: our own layer times, and the Conv node of ONNX Runtime's profile. The engines and the
peak loop alternate in short rounds, and minima are kept. Without --cold, weights and activations are as warm as one
run after another leaves them; with it, a large buffer is read in between, so that they come from the last level cache
or from memory.

With --int8, the convolutions are of bytes (a QDQ model), and the peak is that of products of bytes.

usage: kernels.py [--int8] [--only TEXT] [--rounds N] [--options "--algorithm=direct"] [--cold] [--limit PERCENT] [--no-ort]
"""

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

import numpy as np
import onnx
from onnx import helper, numpy_helper


@dataclass
class Shape(wt.SquareConvolution):
    """A square convolution; `pad` on all sides."""
    network: str = ""
    counted: bool = True  # among those that the target of 90% is about

    @property
    def name(self):
        text = f"{self.inputs}->{self.outputs} @{self.size} {self.kernel}x{self.kernel}"
        text += f" s{self.stride}" if self.stride > 1 else ""
        return text + (f" g{self.group}" if self.group > 1 else "")

    @property
    def algorithm(self):
        """The kernel that the target is about, where there is one: the compiler may know something faster."""
        if not self.counted:
            return None
        return "first_layer" if self.inputs <= 4 else "pointwise" if self.kernel == self.stride == 1 else "direct"

    @property
    def macs(self):
        return self.outputs * self.inputs // self.group * self.kernel ** 2 * self.out ** 2


SHAPES = [
    Shape(64, 256, 56, network="ResNet-50"), Shape(256, 64, 56, network="ResNet-50"),
    Shape(512, 128, 28, network="ResNet-50"), Shape(128, 512, 28, network="ResNet-50"),
    Shape(1024, 256, 14, network="ResNet-50"), Shape(256, 1024, 14, network="ResNet-50"),
    Shape(2048, 512, 7, network="ResNet-50"), Shape(512, 2048, 7, network="ResNet-50"),
    Shape(256, 512, 56, 1, 2, network="ResNet-50"), Shape(512, 1024, 28, 1, 2, network="ResNet-50"),
    Shape(1024, 2048, 14, 1, 2, network="ResNet-50"),
    Shape(512, 512, 14, network="MobileNetV1"), Shape(576, 96, 14, network="MobileNetV2"),
    Shape(96, 576, 14, network="MobileNetV2"), Shape(320, 1280, 7, network="MobileNetV2"),
    Shape(3, 64, 224, 7, 2, 3, network="ResNet-50"),
    Shape(128, 128, 56, 3, 2, 1, network="ResNet-50"), Shape(256, 256, 28, 3, 2, 1, network="ResNet-50"),
    Shape(512, 512, 14, 3, 2, 1, network="ResNet-50"), Shape(512, 512, 7, 3, 1, 1, network="ResNet-50"),
    # What is bound by something else than arithmetic, or belongs to other algorithms.
    Shape(3, 32, 224, 3, 2, 1, network="MobileNetV2", counted=False),
    Shape(3, 64, 224, 3, 1, 1, network="VGG-16", counted=False),
    Shape(64, 64, 56, 3, 1, 1, network="ResNet-50", counted=False),
    Shape(256, 256, 14, 3, 1, 1, network="ResNet-50", counted=False),
    Shape(128, 128, 56, 3, 1, 1, 32, network="ResNeXt-50", counted=False),
    Shape(256, 256, 28, 3, 1, 1, 32, network="ResNeXt-50", counted=False),
    Shape(512, 512, 14, 3, 1, 1, 32, network="ResNeXt-50", counted=False),
    Shape(1024, 1024, 7, 3, 1, 1, 32, network="ResNeXt-50", counted=False),
    Shape(104, 104, 28, 3, 1, 1, 13, network="RegNetY-400MF", counted=False),
    Shape(208, 208, 14, 3, 1, 1, 26, network="RegNetY-400MF", counted=False),
    Shape(16, 96, 112, network="MobileNetV2", counted=False), Shape(144, 24, 56, network="MobileNetV2", counted=False),
    Shape(32, 32, 112, 3, 1, 1, 32, network="MobileNetV2", counted=False),
    Shape(144, 144, 56, 3, 1, 1, 144, network="MobileNetV2", counted=False),
    Shape(144, 144, 56, 3, 2, 1, 144, network="MobileNetV2", counted=False),
    Shape(384, 384, 14, 3, 1, 1, 384, network="MobileNetV2", counted=False),
    Shape(960, 960, 7, 3, 1, 1, 960, network="MobileNetV2", counted=False),
    Shape(16, 64, 55, network="SqueezeNet 1.1", counted=False),
    Shape(16, 64, 55, 3, 1, 1, network="SqueezeNet 1.1", counted=False),
]


def build(shape, random):
    """The network of one convolution, and of a global pool: so that neither engine has a large output to convert."""
    filter_shape = (shape.outputs, shape.inputs // shape.group, shape.kernel, shape.kernel)
    scale = np.float32(1 / np.sqrt(np.prod(filter_shape[1:])))
    constants = {"w": random.standard_normal(filter_shape, np.float32) * scale,
                 "b": random.standard_normal(shape.outputs, np.float32)}
    node = helper.make_node("Conv", ["x", "w", "b"], ["y"], "conv", strides=[shape.stride] * 2, group=shape.group,
                            pads=[shape.pad] * 4, kernel_shape=[shape.kernel] * 2)
    tensor = lambda name, channels, size: helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT,
                                                                        [1, channels, size, size])
    pool = helper.make_node("GlobalAveragePool", ["y"], ["p"], "pool")
    graph = helper.make_graph([node, pool], "kernel", [tensor("x", shape.inputs, shape.size)],
                              [tensor("p", shape.outputs, 1)],
                              [numpy_helper.from_array(a, n) for n, a in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    return model


def build_quantized(shape, random, kept=None):
    """The same of bytes: input, weights and output are quantized, the pool is not. Weights are zero but where `kept`."""
    filter_shape = (shape.outputs, shape.inputs // shape.group, shape.kernel, shape.kernel)
    depth = np.prod(filter_shape[1:])
    scales = random.uniform(0.005, 0.015, shape.outputs).astype(np.float32)
    constants = {"w": random.integers(-127, 128, filter_shape).astype(np.int8), "ws": scales,
                 "b": random.integers(-2000, 2000, shape.outputs).astype(np.int32), "bs": (scales * np.float32(0.02)),
                 "wz": np.zeros(shape.outputs, np.int8), "bz": np.zeros(shape.outputs, np.int32),
                 "xs": np.float32(0.02), "z": np.uint8(0), "ys": np.float32(np.sqrt(depth) * 0.02)}
    if kept is not None:
        constants["w"] *= kept
    node = helper.make_node
    nodes = [node("QuantizeLinear", ["x", "xs", "z"], ["xq"]), node("DequantizeLinear", ["xq", "xs", "z"], ["xd"]),
             node("DequantizeLinear", ["w", "ws", "wz"], ["wd"], axis=0),
             node("DequantizeLinear", ["b", "bs", "bz"], ["bd"], axis=0),
             node("Conv", ["xd", "wd", "bd"], ["c"], "conv", strides=[shape.stride] * 2, group=shape.group,
                  pads=[shape.pad] * 4, kernel_shape=[shape.kernel] * 2), node("Relu", ["c"], ["r"]),
             node("QuantizeLinear", ["r", "ys", "z"], ["yq"]), node("DequantizeLinear", ["yq", "ys", "z"], ["y"]),
             node("GlobalAveragePool", ["y"], ["p"], "pool")]
    tensor = lambda name, channels, size: helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT,
                                                                        [1, channels, size, size])
    graph = helper.make_graph(nodes, "kernel", [tensor("x", shape.inputs, shape.size)], [tensor("p", shape.outputs, 1)],
                              [numpy_helper.from_array(np.asarray(a), n) for n, a in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    return model


class Peak:
    """The peak of multiply-adds (`fma`) or of products of bytes (`dot`), by a loop in C."""

    def __init__(self, folder, kind):
        library = os.path.join(folder, "peak.so")
        source = Path(__file__).with_name(f"{kind}_peak.c")
        subprocess.run([os.environ.get("CC", "cc"), "-O3", "-march=native", "-shared", "-fPIC", source, "-o", library],
                       check=True)
        self.function = getattr(ctypes.CDLL(library), f"{kind}_peak")
        self.function.argtypes, self.function.restype = [ctypes.c_int64], ctypes.c_double

    def measure(self):
        """GFLOP/s, the best of a few short runs."""
        return max(self.function(20000) for _ in range(20))


def layer_minimum(compiled, x, seconds, between):
    """Milliseconds of the convolution alone: the least of the runs within `seconds`."""
    layer = max(range(len(compiled.layers)), key=lambda i: compiled.layers[i].macs)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        between()
        before = compiled.layer_times[layer]
        compiled.run(x)
        best = min(best, compiled.layer_times[layer] - before)
    return best / 1e6


def ort_minimum(model, x, seconds, between):
    """Milliseconds of ONNX Runtime's Conv node, by its own profile."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_profiling = True
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        options.profile_file_prefix = os.path.join(folder, "ort")
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            between()
            session.run(None, {"x": x})
        with open(session.end_profiling()) as file:
            events = json.load(file)
    times = [e["dur"] for e in events if e.get("cat") == "Node" and e.get("args", {}).get("op_name") in ("Conv", "QLinearConv")]
    return min(times) / 1e3


def evict():
    """Reads a buffer larger than the second level caches, several times over."""
    EVICTION.sum()


EVICTION = np.ones(10 << 20, np.float32)


def measure(shape, peak, arguments):
    random = np.random.default_rng(0)
    model = (build_quantized if arguments.int8 else build)(shape, random)
    x = random.standard_normal((1, shape.inputs, shape.size, shape.size), np.float32)
    forced = [f"--algorithm={shape.algorithm}"] if shape.algorithm and not arguments.int8 else []
    compiled = wt.compile_and_load(model, "--instrument", *forced, *arguments.options.split())
    between = evict if arguments.cold else lambda: None
    ours, theirs, share = [], [], []
    layer = max(compiled.layers, key=lambda l: l.macs)
    for _ in range(arguments.rounds):
        before = peak.measure()
        ours.append(layer_minimum(compiled, x, arguments.seconds, between))
        flops = max(before, peak.measure())
        share.append(2e-6 * shape.macs / ours[-1] / flops)
        if not arguments.no_ort:
            theirs.append(ort_minimum(model, x, arguments.seconds, between))
    return min(ours), 2e-6 * shape.macs / min(ours), statistics.median(share), min(theirs, default=float("nan")), layer.algorithm


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", help="a part of a shape's or a network's name")
    parser.add_argument("--int8", action="store_true", help="convolutions of bytes")
    parser.add_argument("--counted", action="store_true", help="only the shapes that the limit is about")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.3, help="of each engine in each round")
    parser.add_argument("--options", default="", help="more options for winnowc")
    parser.add_argument("--cold", action="store_true", help="push weights and activations out of the nearer caches")
    parser.add_argument("--no-ort", action="store_true", help="leave out ONNX Runtime")
    parser.add_argument("--limit", type=float, default=0, help="fail where a counted shape is below this percentage")
    arguments = parser.parse_args()
    shapes = [s for s in SHAPES if (not arguments.only or arguments.only in s.name or arguments.only in s.network)
              and (s.counted or not arguments.counted)]
    rows, below = [], 0
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        peak = Peak(folder, "dot" if arguments.int8 else "fma")
        for shape in shapes:
            ms, gflops, share, ort, algorithm = measure(shape, peak, arguments)
            below += shape.counted and 100 * share < arguments.limit
            rows.append([shape.name, shape.network, algorithm, f"{ms:.3f}", f"{gflops:.0f}", f"{100 * share:.0f}%",
                         f"{ort:.3f}", f"{ort / ms:.2f}"])
            print("  ".join(rows[-1]), file=sys.stderr, flush=True)
    print(wt.table(rows, ["convolution", "network", "algorithm", "ms", "GFLOP/s", "of the peak", "ORT ms",
                          "times as fast"]))
    sys.exit(below > 0)


if __name__ == "__main__":
    main()
