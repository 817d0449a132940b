#!/usr/bin/env python3
"""How near convolution kernels come to this core's multiply-add peak, on shapes from the classic networks.

Each shape is a network of one convolution with bias and ReLU between two pools, timed at one thread, so that its weights
lie in a cache; the pools, and conversions of the layout, are not counted. The peak is measured before
and after each.
Times are those of direct arithmetic: an algorithm that needs fewer operations may show more than 100%.

usage: kernels.py [--filter REGEX] [--limit PERCENT] [--avx2] [--options "..."] [--onnxruntime]
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import layers
import machine
from engines import Setup, wt

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

# Input channels, output channels, kernel, stride, extent of the output, and a network that has it.
SHAPES = [
    (64, 64, 3, 1, 56, "ResNet-18"), (128, 128, 3, 1, 28, "ResNet-18"), (256, 256, 3, 1, 14, "ResNet-18"),
    (512, 512, 3, 1, 7, "ResNet-18"), (128, 32, 3, 1, 56, "DenseNet-121"), (128, 32, 3, 1, 28, "DenseNet-121"),
    (64, 256, 3, 1, 13, "SqueezeNet 1.1"), (128, 128, 3, 2, 28, "ResNet-50"), (256, 256, 3, 2, 14, "ResNet-50"),
    (256, 256, 3, 1, 56, "VGG-16"), (64, 256, 1, 1, 56, "ResNet-50"), (256, 64, 1, 1, 56, "ResNet-50"),
    (512, 128, 1, 1, 28, "ResNet-50"), (128, 512, 1, 1, 28, "ResNet-50"), (1024, 256, 1, 1, 14, "ResNet-50"),
    (256, 1024, 1, 1, 14, "ResNet-50"), (512, 512, 1, 1, 14, "MobileNetV1"), (256, 256, 1, 1, 28, "MobileNetV1"),
    (96, 576, 1, 1, 14, "MobileNetV2"), (576, 96, 1, 1, 14, "MobileNetV2"),
]


def network(cin, cout, kernel, stride, extent, path):
    """A convolution with bias and ReLU, padded to keep the extent, between two pools to which the conversions of the
    layout belong."""
    random = np.random.default_rng(0)
    weights = random.standard_normal((cout, cin, kernel, kernel), np.float32) / np.float32(np.sqrt(cin) * kernel)
    value = lambda name, channels, size: helper.make_tensor_value_info(
        name, TensorProto.FLOAT, [1, channels, size, size])
    pool = lambda inputs, outputs, name: helper.make_node(
        "MaxPool", inputs, outputs, name=name, kernel_shape=[3, 3], pads=[1] * 4)
    nodes = [pool(["x"], ["before"], "before"),
             helper.make_node("Conv", ["before", "w", "b"], ["c"], name="conv", pads=[kernel // 2] * 4,
                              strides=[stride, stride]),
             helper.make_node("Relu", ["c"], ["after"], name="relu"), pool(["after"], ["y"], "after")]
    constants = [numpy_helper.from_array(weights, "w"),
                 numpy_helper.from_array(random.standard_normal(cout, np.float32), "b")]
    graph = helper.make_graph(nodes, "kernel", [value("x", cin, extent * stride)], [value("y", cout, extent)], constants)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--filter", default="", help="of shapes as the table writes them")
    parser.add_argument("--limit", type=float, default=90, help="percent of the peak that each must reach")
    parser.add_argument("--avx2", action="store_true")
    parser.add_argument("--options", default="", help="more options for winnowc, as --algorithm=direct")
    parser.add_argument("--onnxruntime", action="store_true", help="its times beside ours")
    arguments = parser.parse_args()
    setup, rows, reached = Setup(1, arguments.avx2, tuple(arguments.options.split())), [], 0
    for cin, cout, kernel, stride, extent, owner in SHAPES:
        name = f"{cin}->{cout} {kernel}x{kernel}" + (f" s{stride}" if stride > 1 else "") + f" @{extent}"
        if not re.search(arguments.filter, name):
            continue
        before = machine.peak_gflops(1, arguments.avx2)
        with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
            path = Path(folder) / "kernel.onnx"
            network(cin, cout, kernel, stride, extent, path)
            layer = next(l for l in layers.winnow_layers(path, setup, 5, Path(folder)) if l["op"] == "convolution")
            theirs = [n[1] for n in layers.ort_nodes(path, 50).values() if n[0].endswith("Conv")] \
                if arguments.onnxruntime else []
        peak = max(before, machine.peak_gflops(1, arguments.avx2))
        share = 100 * layer["gflops"] / peak if peak else 0
        reached += share >= arguments.limit
        rows.append([name, owner, layer["algorithm"], f"{layer['us']:.0f}", f"{layer['gflops']:.0f}", f"{share:.0f}%",
                     *map(str, theirs)])
        print(" ".join(rows[-1]), file=sys.stderr)
    print(wt.table(rows, ["layer", "of", "algorithm", "us", "GFLOP/s", "of peak",
                          *["ORT us"] * arguments.onnxruntime]))
    print(f"\n{reached} of {len(rows)} reach {arguments.limit:g}% of the peak")
    sys.exit(reached < len(rows))


if __name__ == "__main__":
    main()
