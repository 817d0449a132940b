#!/usr/bin/env python3
"""Layers on numbers of 16 bits, by every way of computing them that this processor has, against the interpreter and numpy.

A model of many small layers, whose operands are rounded to bf16 or f16, is compiled for each set of features. Casts must be
exact; the interpreter must have numpy's sums, rounded once; kernels that add up in f32 may be off by a little more than one
unit in the last place, those that add up in f16 (see docs/Compress.md) by what chains of 72 products may lose.

usage: half_convolutions.py [--only PATH] [--seed N]
"""

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt
from quantized_convolutions import constant, count_layers, get_features

import numpy as np

AVX512 = {"avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512cd"}
# Options for each way, and what the processor must have to run it.
PATHS = {
    "f16 arithmetic": (["--target=x86-64-v4", "--mattr=+avx512fp16"], AVX512 | {"avx512_fp16"}),
    "avx512": (["--target=x86-64-v4"], AVX512),
    "avx2": (["--target=x86-64-v3"], {"avx2", "fma", "f16c"}),
    "avx2 without f16c": (["--target=x86-64-v3", "--mattr=-f16c"], {"avx2", "fma"}),
    "sse2": (["--target=x86_64-linux-gnu"], {"sse2"}),
    # Tiles of matrix units, which multiply bf16, computed by vectors.
    "tiles": (["--target=x86-64-v4", "--emulate-tiles", "--algorithm=tiles"], AVX512),
    "tiles by avx2": (["--target=x86-64-v3", "--emulate-tiles", "--algorithm=tiles"], {"avx2", "fma", "f16c"}),
}
# Fraction bits of each type, and its largest number.
TYPES = {"f16": (10, 65504.0), "bf16": (7, float(np.uint32(0x7f7f0000).view(np.float32)))}


@dataclass
class Case(wt.SquareConvolution):
    """A square convolution."""
    residual: bool = False
    activation: str = ""
    wide: bool = False  # an f32 result, residual and bias; else a bias of 16 bits
    picture: bool = False  # f32 operands
    algorithm: str = ""


CASES = [
    # Pointwise: one chain, several, whole and broken blocks; rows that do not end with tiles.
    Case(16, 32, 7, activation="relu"), Case(160, 48, 9, residual=True), Case(44, 24, 5, wide=True), Case(21, 16, 6),
    Case(512, 32, 4, activation="sigmoid"), Case(256, 64, 3, residual=True, wide=True),
    # Direct, with borders; strides; windows whose rows are chains of their own, and one that is too long for that.
    Case(32, 48, 8, 3, 1, 1, activation="relu"), Case(20, 40, 9, 3, 2, 1), Case(16, 16, 12, 5, 1, 2, residual=True),
    Case(16, 16, 11, 11, 1, 5), Case(64, 16, 14, 3, 1, 1, wide=True), Case(128, 16, 6, 3, 1, 2),
    # The first layer of a network; one pixel; groups; depthwise.
    Case(3, 20, 15, 5, 2, 2, activation="relu"), Case(1, 8, 12, 5), Case(3, 24, 18, 3, 2, 1, activation="relu", picture=True),
    Case(64, 70, 1, wide=True), Case(32, 20, 3, 3),
    Case(32, 32, 9, 3, 1, 1, 2), Case(24, 36, 9, 3, 1, 1, 3, activation="clip"), Case(30, 30, 5, 3, 1, 1, 5),
    Case(32, 32, 13, 3, 1, 1, 32), Case(40, 40, 9, 3, 2, 1, 40, activation="clip"), Case(16, 16, 11, 5, 2, 2, 16, True),
    # Algorithms that the costs would not take here.
    Case(32, 32, 12, 3, 1, 1, algorithm="winograd"), Case(32, 32, 9, 3, 2, 1, algorithm="im2col"),
    Case(32, 16, 9, 3, 1, 1, algorithm="implicit_gemm"), Case(16, 16, 16, 7, 1, 3, algorithm="fft"),
    Case(32, 32, 8, algorithm="strassen"),
]

# What conversions must get right: signs, ties, the largest numbers, overflow, subnormal ones, infinities, NaN.
SPECIAL = np.array([0, -0.0, 1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-11, 1 + 3 * 2**-11, 65504, 65519.99, 65520, -65520, 3.39e38,
                    3.4e38, 2**-14, 2**-24, 2**-25, 1.5 * 2**-25, 3 * 2**-25, 1e-39, 1e-45, np.inf, -np.inf, np.nan],
                   np.float32)


def rounded(values, kind):
    """f32 numbers, rounded to the nearest of `kind`, to even."""
    values = np.asarray(values, np.float32)
    if kind == "f32":
        return values
    if kind == "f16":
        with np.errstate(over="ignore"):
            return values.astype(np.float16).astype(np.float32)
    bits = values.view(np.uint32).astype(np.uint64)
    bits = ((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000).astype(np.uint32)
    return np.where(np.isnan(values), values, bits.view(np.float32))


def short_bytes(values, kind):
    """The elements of numbers that `kind` holds, as its bits."""
    if kind == "f16":
        return values.astype(np.float16).view(np.uint16)
    return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)


def convolve(case, x, w, bias, residual):
    """The layer in double precision."""
    padded = np.pad(x[0].astype(np.float64), ((0, 0), (case.pad, case.pad), (case.pad, case.pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (case.kernel, case.kernel), axis=(1, 2))
    windows = windows[:, ::case.stride, ::case.stride]
    depth, rows = case.inputs // case.group, case.outputs // case.group
    parts = [np.einsum("chwij,mcij->mhw", windows[g * depth:(g + 1) * depth],
                       w[g * rows:(g + 1) * rows].astype(np.float64)) for g in range(case.group)]
    y = np.concatenate(parts)[None] + bias[None, :, None, None]
    if residual is not None:
        y = y + residual
    return {"": lambda v: v, "relu": lambda v: np.maximum(v, 0), "clip": lambda v: np.clip(v, 0, 2),
            "sigmoid": lambda v: 1 / (1 + np.exp(-v))}[case.activation](y)


def emit(index, case, kind, random):
    """The arguments, lines and result of one case, its inputs, and what it must compute."""
    name = f"%x{index}"
    shape_w = (case.outputs, case.inputs // case.group, case.kernel, case.kernel)
    text = lambda extents: "x".join(map(str, extents))
    operand = "f32" if case.picture else kind
    x = rounded(np.maximum(random.normal(size=(1, case.inputs, case.size, case.size)), -0.5), operand)
    w = rounded(random.normal(size=shape_w) / np.sqrt(np.prod(shape_w[1:])), operand)
    result = "f32" if case.wide else kind
    bias = random.normal(size=case.outputs).astype(np.float32)
    wide_bias = case.wide or case.picture
    bias = bias if wide_bias else rounded(bias, kind)
    type_x, type_y = f"tensor<{text(x.shape)}x", f"tensor<1x{case.outputs}x{case.out}x{case.out}x"
    type_w, type_b = f"tensor<{text(shape_w)}x{operand}>", \
        f"tensor<{case.outputs}x{'f32' if wide_bias else kind}>"
    arguments, inputs = [f"{name}: {type_x}f32>"], [x]
    lines = [f"{name}_w = {constant(w if case.picture else short_bytes(w, kind), type_w)}",
             f"{name}_b = {constant(bias if wide_bias else short_bytes(bias, kind), type_b)}"]
    read = name if case.picture else f"{name}_h"
    if not case.picture:
        lines.append(f"{name}_h = cnn.cast {name} : {type_x}f32> to {type_x}{kind}>")
    types, residual, added = [f"{type_x}{operand}>", type_w, type_b], "", None
    if case.residual:
        added = random.normal(size=(1, case.outputs, case.out, case.out)).astype(np.float32)
        added = added if case.wide else rounded(added, kind)
        arguments.append(f"%r{index}: {type_y}f32>")
        inputs.append(added)
        residual = f"residual %r{index} " if case.wide else f"residual {name}_r "
        if not case.wide:
            lines.append(f"{name}_r = cnn.cast %r{index} : {type_y}f32> to {type_y}{kind}>")
        types.append(f"{type_y}{result}>")
    activation = {"": "", "clip": "activation <clip(0.0, 2.0)> "}.get(case.activation,
                                                                      f"activation <{case.activation}> ")
    lines.append(f"%y{index} = cnn.convolution {read}, {name}_w bias {name}_b {residual}strides "
                 f"[{case.stride}, {case.stride}] pads [{', '.join([str(case.pad)] * 4)}] dilations [1, 1] "
                 f"group {case.group} {activation}: ({', '.join(types)}) -> {type_y}{result}>")
    if not case.wide:
        lines.append(f"%z{index} = cnn.cast %y{index} : {type_y}{kind}> to {type_y}f32>")
    return arguments, lines, (f"%y{index}" if case.wide else f"%z{index}", f"{type_y}f32>"), inputs, \
        convolve(case, x, w, bias, added)


def emit_casts(kind):
    """The special numbers, to the short type and back."""
    of = f"tensor<{SPECIAL.size}x"
    return [f"%s: {of}f32>"], [f"%s_h = cnn.cast %s : {of}f32> to {of}{kind}>",
                               f"%s_f = cnn.cast %s_h : {of}{kind}> to {of}f32>"], ("%s_f", f"{of}f32>")


def build(cases, kind, seed):
    """A module, its inputs, and the results that numpy finds."""
    random = np.random.default_rng(seed)
    parts = [emit(i, case, kind, random) for i, case in enumerate(cases)]
    casts = emit_casts(kind)
    arguments = [a for part in parts + [casts] for a in part[0]]
    values, types = zip(*(part[2] for part in parts + [casts]))
    body = "\n    ".join(line for part in parts + [casts] for line in part[1])
    module = (f"module {{\n  func.func @main({', '.join(arguments)}) -> ({', '.join(types)}) {{\n    {body}\n"
              f"    return {', '.join(values)} : {', '.join(types)}\n  }}\n}}\n")
    return module, [x for part in parts for x in part[3]] + [SPECIAL], [part[4] for part in parts]


def run(command, inputs, folder):
    """What `winnow-run` writes for these inputs."""
    files = []
    for i, x in enumerate(inputs):
        np.save(folder / f"input_{i}.npy", x)
        files.append(f"--input={folder / f'input_{i}.npy'}")
    (folder / "out").mkdir(exist_ok=True)
    for old in (folder / "out").iterdir():
        old.unlink()
    ran = subprocess.run([wt.tool("winnow-run"), *command, *files, f"--output={folder / 'out'}"], capture_output=True,
                         text=True)
    if ran.returncode:
        sys.exit(f"winnow-run {command}: {ran.stderr[-2000:]}")
    return [np.load(path) for path in sorted((folder / "out").glob("output_*.npy"),
                                             key=lambda p: int(p.stem.split("_")[1]))]


def check(name, outputs, expected, cases, kind, adds_in_f16):
    """Prints what is wrong; returns whether anything is."""
    bits, largest = TYPES[kind]
    failed = False
    want = rounded(SPECIAL, kind)
    if not np.array_equal(outputs[-1], want, equal_nan=True) or \
            not np.array_equal(np.signbit(outputs[-1])[:-1], np.signbit(want)[:-1]):
        failed = True
        print(f"{name}: casts to {kind} give {outputs[-1]}, expected {want}")
    for case, got, y in zip(cases, outputs, expected):
        deviation = max(y.std(), 1e-3)
        # A unit in the last place is at most 2^-bits of a number; f32 sums may round to the other side of a tie.
        allowed = np.abs(y) * (2e-6 if case.wide else 2.0 ** -bits) + 2e-4 * deviation
        if adds_in_f16:
            allowed = allowed + 6e-3 * deviation
        worst = (np.abs(got - y) / allowed).max()
        if not worst <= 1:
            failed = True
            print(f"{name}: {kind} {case} is off by {worst:.2f} of what is allowed")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PATHS)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    features, failed = get_features(), False
    with tempfile.TemporaryDirectory(prefix="winnow-") as name:
        folder = Path(name)
        model, library, report = folder / "model.mlir", folder / "model.so", folder / "report.json"
        for kind in TYPES:
            for algorithm in sorted({case.algorithm for case in CASES}):
                cases = [case for case in CASES if case.algorithm == algorithm]
                module, inputs, expected = build(cases, kind, arguments.seed)
                model.write_text(module)
                reference = run([model, "--interpret"], inputs, folder)
                failed |= check("interpreter", reference, expected, cases, kind, False)
                for path, (options, needed) in PATHS.items():
                    if arguments.only not in (None, path) or (algorithm and path in ("avx2 without f16c", "sse2")):
                        continue
                    if path.startswith("tiles") and (algorithm or kind != "bf16"):
                        continue
                    label = f"{path}{', ' + algorithm if algorithm else ''}"
                    if not needed <= features:
                        print(f"{label}: this processor lacks {', '.join(sorted(needed - features))}")
                        continue
                    extra = [f"--algorithm={algorithm}"] if algorithm else []
                    subprocess.run([wt.tool("winnowc"), model, "-o", library, "--measured-speed=false",
                                    f"--report={report}", *options, *extra], check=True)
                    tiles = sum(case.group == 1 and case.inputs % 16 == 0 for case in cases)
                    tiles = tiles if path.startswith("tiles") else 0
                    found = count_layers(report, "tiles")
                    if found != tiles:
                        failed = True
                        print(f"{label}: {found} layers by tiles, expected {tiles}")
                    outputs = run([library], inputs, folder)
                    adds_in_f16 = kind == "f16" and path == "f16 arithmetic"
                    failed |= check(label, outputs, expected, cases, kind, adds_in_f16)
                    print(f"{label}: {len(cases)} layers in {kind}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
