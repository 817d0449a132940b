#!/usr/bin/env python3
"""Convolutions of bytes by every way of multiplying them that this processor has, bit for bit as the interpreter.

A model of many small convolutions (with random filters, zero points, borders, residuals) is compiled once for each set of
features; its outputs must be equal to the interpreter's, not only close.

usage: quantized_convolutions.py [--only PATH] [--seed N]
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

import numpy as np

# Options for each way, and what the processor must have to run it.
PATHS = {
    "vnni512": (["--target=x86-64-v4", "--mattr=+avx512vnni"], {"avx512f", "avx512bw", "avx512vl", "avx512_vnni"}),
    "madd512": (["--target=x86-64-v4"], {"avx512f", "avx512bw", "avx512vl", "avx512dq"}),
    "vnni256": (["--target=x86-64-v3", "--mattr=+avxvnni"], {"avx2", "fma", "avx_vnni"}),
    "madd256": (["--target=x86-64-v3"], {"avx2", "fma"}),
    "madd128": (["--target=x86_64-linux-gnu", "--mattr=+ssse3"], {"ssse3"}),
    "none128": (["--target=x86_64-linux-gnu"], {"sse2"}),
}
WAYS = dict(PATHS)
# Tiles of matrix units, computed by vectors of these ways.
TILES = ["--emulate-tiles", "--algorithm=tiles"]
PATHS |= {f"tiles_{name}": (WAYS[name][0] + TILES, WAYS[name][1]) for name in ("vnni512", "madd256", "none128")}
# Transforms of integers.
PATHS |= {f"winograd_{name}": (options + ["--algorithm=winograd"], needed) for name, (options, needed) in WAYS.items()}
# Blocks of zeros left out; also by several threads.
THREADS = "--threads=7"
PATHS |= {f"sparse_{name}": (options + ["--algorithm=sparse"], needed) for name, (options, needed) in WAYS.items()}
PATHS["sparse_threads"] = (["--algorithm=sparse", THREADS, "--fork-join-cycles=0"], set())


@dataclass
class Case(wt.SquareConvolution):
    """A square convolution; zero points of input, output and residual."""
    input_zero: int = 0
    output_zero: int = 0
    residual_zero: int | None = None
    activation: str = ""
    real: bool = False  # an f32 result
    largest: int = 127  # weight; all are the smallest negative one where this is negative
    filter_zero: int = 0  # the largest of its zero points
    scale: float = 0.02  # of the input
    zeros: float = 0  # the share of the blocks of four input channels without weights
    stray: float = 0  # the share of other weights that are zero


CASES = [
    # Pointwise and direct: whole and broken blocks, tiles with 1 to 4 pixels left, borders with and without a zero point.
    Case(16, 32, 7, activation="relu"), Case(20, 24, 9, 3, 1, 1, input_zero=7, output_zero=5),
    Case(32, 48, 6, 3, 1, 1, input_zero=9, output_zero=2, residual_zero=3, activation="relu"),
    Case(24, 24, 5, 3, 1, 1, input_zero=3, residual_zero=200, real=True), Case(16, 16, 9, 1, 2, input_zero=4),
    Case(16, 32, 4, 3, 1, 2, input_zero=90), Case(64, 16, 30, activation="clip", output_zero=20), Case(16, 16, 8, 3, 1, 1, largest=64),
    # The first layer of a network.
    Case(3, 20, 11, 5, 2, 2, input_zero=130, output_zero=1, activation="clip"), Case(1, 8, 12, 5, input_zero=255),
    # One pixel.
    Case(64, 10, 1, real=True), Case(64, 70, 1, input_zero=4, activation="relu"), Case(32, 20, 3, 3, real=True),
    # Groups, wide, narrow, and with blocks in common.
    Case(32, 32, 9, 3, 1, 1, 2), Case(24, 36, 9, 3, 1, 1, 3, 2), Case(12, 24, 9, 3, 1, 1, 6, 2), Case(30, 30, 5, 3, 1, 1, 5, 2),
    # Depthwise.
    Case(32, 32, 13, 3, 1, 1, 32, 11, 7), Case(40, 40, 9, 3, 2, 1, 40, 5, activation="clip"), Case(16, 16, 12, 5, 1, 2, 16, 3),
    Case(16, 16, 11, 5, 2, 2, 16, 3), Case(16, 16, 3, 3, 1, 1, 16, 200), Case(16, 16, 2, 7, 1, 3, 16, 200),
    Case(8, 8, 17, 3, 1, 1, 8, 4, 4, residual_zero=1), Case(16, 16, 9, 4, 1, 2, 16, 12, real=True),
    Case(48, 48, 28, 3, 1, 1, 48, activation="relu"),
    # Rows of tiles and tiles that run on over rows, taps that share a step, phases of strides, several strips.
    Case(16, 40, 20, 3, 1, 1, input_zero=6, activation="relu"), Case(64, 80, 14, 3, 1, 1, input_zero=5, residual_zero=2),
    Case(96, 33, 17, 3, 2, 1, input_zero=3), Case(128, 64, 15, 1, 2), Case(72, 200, 33, output_zero=9), Case(256, 32, 7, 3, 1, 1),
    Case(64, 64, 30, 3, 1, 1, residual_zero=7, real=True), Case(20, 16, 12, 4, 3, 1, input_zero=1),
    # Filters with zero points, without which weights are bytes.
    Case(24, 40, 9, 3, 1, 1, input_zero=8, largest=60, filter_zero=60), Case(48, 32, 7, largest=100, filter_zero=20),
    Case(32, 32, 9, 3, 1, 1, 32, 5, largest=100, filter_zero=20),
]

# What transforms meet: an odd number of channels, tiles that the image cuts, paddings, several strips and chunks of a row,
# all that may be done to sums; and windows or sums that no transform of integers computes.
TRANSFORMS = [
    Case(13, 24, 11, 3, 1, 1, input_zero=255, activation="relu"), Case(24, 20, 10, 3, input_zero=40, largest=60, filter_zero=60),
    Case(24, 24, 7, 3, 1, 2, input_zero=2, residual_zero=200, real=True), Case(8, 8, 120, 3, 1, 1, input_zero=17),
    Case(64, 64, 40, 3, 1, 1, output_zero=3, activation="clip"), Case(32, 48, 3, 3, 1, 1, residual_zero=3),
    # Inputs of 0 and 255.
    Case(16, 32, 12, 3, 1, 1, input_zero=100, scale=0.0004, real=True),
    Case(16, 16, 9, 3, 2, 1), Case(16, 16, 9, 5, 1, 2), Case(512, 16, 5, 3, 1, 1, largest=-127, input_zero=1),
]

# Filters with blocks of zeros: pixels that lie in one line or in tiles, whole vectors of them or a few, one or several
# passes over the input and groups of outputs, channels that fill no block, residuals, pictures, and
# borders of zero points.
SPARSE = [
    Case(16, 32, 7, zeros=0.7, activation="relu"), Case(64, 40, 14, zeros=0.8, input_zero=9, output_zero=4),
    Case(50, 33, 9, zeros=0.9, stray=0.5, residual_zero=3, activation="clip"), Case(512, 256, 7, zeros=0.9, input_zero=3),
    Case(24, 48, 1, zeros=0.5, input_zero=200), Case(32, 16, 40, zeros=0.6, largest=60, output_zero=7, residual_zero=0),
    Case(32, 48, 6, 3, 1, 1, zeros=0.8, input_zero=9, output_zero=2, residual_zero=3, activation="relu"),
    Case(20, 24, 9, 3, 1, 1, zeros=0.7, stray=0.3, input_zero=7, output_zero=5), Case(128, 64, 15, 3, 1, 1, zeros=0.9),
    Case(16, 32, 28, 3, 1, 1, zeros=0.3, largest=60, activation="clip"), Case(48, 20, 13, 3, 2, 1, zeros=0.6, input_zero=100),
    Case(31, 17, 11, 5, 1, 2, zeros=0.9, input_zero=255, residual_zero=255), Case(16, 16, 17, 2, 3, zeros=0.5, stray=0.5),
    Case(32, 32, 9, 1, 2, zeros=0.7, input_zero=1), Case(24, 40, 9, 3, 1, 1, zeros=0.6, input_zero=8, largest=60, filter_zero=60),
    Case(64, 64, 3, 3, zeros=0.8, input_zero=2), Case(3, 20, 21, 5, 2, 2, zeros=0.6, input_zero=130), Case(1, 20, 28, 5, zeros=0.7),
    Case(4, 24, 9, zeros=0.5, input_zero=3, residual_zero=9), Case(96, 64, 23, 3, 1, 1, zeros=1.0, input_zero=6), Case(64, 16, 120, zeros=0.7),
    # None of these: a real result, too few zeros, zeros that no block has, groups.
    Case(64, 64, 30, 3, 1, 1, zeros=0.8, residual_zero=7, real=True), Case(16, 16, 9, zeros=0.05), Case(16, 16, 9, stray=0.3),
    Case(32, 32, 9, 3, 1, 1, 2, zeros=0.9),
]


def number(value):
    return f"{float(np.float32(value)):.12f}"


def constant(array, kind):
    if array.size == 1:
        return f"arith.constant dense<{array.flat[0]}> : {kind}"
    return f'arith.constant dense<"0x{array.tobytes().hex().upper()}"> : {kind}'


def emit(index, case, random):
    """The function's arguments, lines and result of one case."""
    x, y = f"%x{index}", f"%y{index}"
    shape_w = (case.outputs, case.inputs // case.group, case.kernel, case.kernel)
    largest = abs(case.largest)
    weights = random.integers(-largest, largest + 1 if case.largest > 0 else 1 - largest, shape_w).astype(np.int8)
    channels = shape_w[1]
    block = np.repeat(random.random((shape_w[0], -(-channels // 4), *shape_w[2:])) < case.zeros, 4, axis=1)[:, :channels]
    empty = block | (random.random(shape_w) < case.stray)
    bias = random.integers(-2000, 2000, case.outputs).astype(np.int32)
    depth = np.prod(shape_w[1:])
    # Some outputs saturate, most do not.
    scale_x, scale_y = case.scale, np.sqrt(depth) * largest * 0.02 * 0.01 * 1.2
    text = lambda extents: "x".join(map(str, extents))
    real_x = f"tensor<1x{text([case.inputs, case.size, case.size])}x"
    real_y = f"tensor<1x{text([case.outputs, case.out, case.out])}x"
    element = lambda scale, zero: f"!quant.uniform<u8:f32, {number(scale)}:{zero}>"
    type_x, type_w = real_x + element(scale_x, case.input_zero) + ">", f"tensor<{text(shape_w)}x"
    type_y = real_y + ("f32" if case.real else element(scale_y, case.output_zero)) + ">"
    zeros = random.integers(-case.filter_zero, case.filter_zero + 1, case.outputs).astype(np.int8)
    scales = ",".join(number(s) + (f":{zero}" if case.filter_zero else "")
                      for s, zero in zip(random.uniform(0.005, 0.015, case.outputs), zeros))
    weights = np.where(empty, zeros[:, None, None, None], weights)
    quantized_w = f"{type_w}!quant.uniform<i8:f32:0, {{{scales}}}>>"
    arguments = [f"{x}: {real_x}f32>"]
    lines = [f"{x}_q = cnn.quantize {x} : {real_x}f32> to {type_x}",
             f"{x}_c = {constant(weights, type_w + 'i8>')}", f"{x}_w = quant.scast {x}_c : {type_w}i8> to {quantized_w}",
             f"{x}_b = {constant(bias, f'tensor<{case.outputs}xi32>')}"]
    residual, types = "", [type_x, quantized_w, f"tensor<{case.outputs}xi32>"]
    if case.residual_zero is not None:
        type_r = real_y + element(scale_y * 0.7, case.residual_zero) + ">"
        arguments.append(f"%r{index}: {real_y}f32>")
        lines.append(f"{x}_r = cnn.quantize %r{index} : {real_y}f32> to {type_r}")
        residual = f"residual {x}_r "
        types.append(type_r)
    activation = {"": "", "relu": "activation <relu> ",
                  "clip": f"activation <clip(0.0, {number(scale_y * 100)})> "}[case.activation]
    lines.append(f"{y} = cnn.convolution {x}_q, {x}_w bias {x}_b {residual}strides [{case.stride}, {case.stride}] "
                 f"pads [{', '.join([str(case.pad)] * 4)}] dilations [1, 1] group {case.group} {activation}"
                 f": ({', '.join(types)}) -> {type_y}")
    if not case.real:
        lines.append(f"{y}_f = cnn.dequantize {y} : {type_y} to {real_y}f32>")
    return arguments, lines, (y if case.real else y + "_f", real_y + "f32>")


def build(cases, seed):
    random = np.random.default_rng(seed)
    parts = [emit(index, case, random) for index, case in enumerate(cases)]
    arguments = [a for part in parts for a in part[0]]
    values, types = zip(*(part[2] for part in parts))
    body = "\n    ".join(line for part in parts for line in part[1])
    return (f"module {{\n  func.func @main({', '.join(arguments)}) -> ({', '.join(types)}) {{\n    {body}\n"
            f"    return {', '.join(values)} : {', '.join(types)}\n  }}\n}}\n")


def count_layers(report, algorithm):
    """The layers of a compiler's report that are computed by an algorithm."""
    return sum(layer.get("algorithm") == algorithm for layer in json.loads(report.read_text())["layers"])


def has_transform(case):
    """Whether sums of products come out of an integer transform, and the input is blocked."""
    return case.kernel == 3 and case.stride == 1 and case.group == 1 and case.inputs > 4 and case.largest > 0


def is_sparse(case):
    return case.zeros > 0.2 and case.group == 1 and not case.real


# The convolutions of a path that has an algorithm, and which of them it must compute by that.
FORCED = {"tiles": (CASES, lambda case: case.group == 1), "winograd": (TRANSFORMS, has_transform),
          "sparse": (SPARSE, is_sparse)}


def get_features():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            return set(line.split(":")[1].split())
    return set()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PATHS)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    features, failed = get_features(), False
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        model, library, report = (Path(folder, name) for name in ("model.mlir", "model.so", "report.json"))
        for name, (options, needed) in PATHS.items():
            if arguments.only not in (None, name):
                continue
            if not needed <= features:
                print(f"{name}: this processor lacks {', '.join(sorted(needed - features))}")
                continue
            algorithm = name.split("_")[0]
            cases, is_forced = FORCED.get(algorithm, (CASES, lambda case: False))
            model.write_text(build(cases, arguments.seed))
            subprocess.run([wt.tool("winnowc"), model, "-o", library, "--measured-speed=false", f"--report={report}",
                            *options], check=True)
            result = subprocess.run([wt.tool("winnow-run"), library, f"--verify={model}", "--tolerance=0",
                                     *(o for o in options if o == THREADS)], capture_output=True, text=True)
            found, expected = count_layers(report, algorithm), sum(map(is_forced, cases))
            by = f", {found} by {algorithm}" if expected else ""
            print(f"{name}: {'equal' if result.returncode == 0 else 'DIFFERENT'} in {len(cases)} convolutions{by}")
            if found != expected:
                failed = True
                print(f"expected {expected} by {algorithm}")
            if result.returncode:
                failed = True
                print(result.stdout[-3000:], result.stderr[-3000:])
    return failed


if __name__ == "__main__":
    sys.exit(main())
