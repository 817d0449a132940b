#!/usr/bin/env python3
"""Ops on quantized numbers other than convolutions, bit for bit as the interpreter computes them."""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

A, B, C = "!quant.uniform<u8:f32, 0.0371:117>", "!quant.uniform<u8:f32, 0.0193>", "!quant.uniform<i8:f32, 0.0291:-5>"
WINDOW = "strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]"


def tensor(shape, element="f32"):
    return f"tensor<{'x'.join(map(str, shape))}x{element}>"


class Network:
    """One function whose every quantized value is a result too, dequantized."""

    def __init__(self):
        self.arguments, self.lines, self.results = [], [], []

    def input(self, shape, element):
        name = f"%x{len(self.arguments)}"
        self.arguments.append((name, shape))
        return self.op(f"cnn.quantize {name} : {tensor(shape)} to {{}}", shape, element)

    def op(self, text, shape, element):
        """Adds a line; {} in it stands for the result's type."""
        name = f"%v{len(self.lines)}"
        kind = tensor(shape, element)
        self.lines.append(f"{name} = {text.format(kind)}")
        if element == "f32":
            self.results.append((name, kind))
        else:
            self.lines.append(f"{name}_f = cnn.dequantize {name} : {kind} to {tensor(shape)}")
            self.results.append((name + "_f", tensor(shape)))
        return name

    def text(self):
        arguments = ", ".join(f"{name}: {tensor(shape)}" for name, shape in self.arguments)
        names, types = zip(*self.results)
        body = "\n    ".join(self.lines)
        return (f"module {{\n  func.func @main({arguments}) -> ({', '.join(types)}) {{\n    {body}\n"
                f"    return {', '.join(names)} : {', '.join(types)}\n  }}\n}}\n")


def build():
    """Feature maps with broken blocks, a picture, and vectors; means with borders; results that saturate."""
    net = Network()
    map_a, map_b = net.input([2, 20, 9, 7], A), net.input([2, 20, 9, 7], B)
    net.input([1, 3, 13, 11], A), net.input([2, 1, 5, 3], C), net.input([1, 4, 4, 4], B)
    shape = [2, 20, 9, 7]
    for op in ("add", "mul"):
        for element in (A, B, C, "f32"):
            net.op(f"cnn.{op} {map_a}, {map_b} : ({tensor(shape, A)}, {tensor(shape, B)}) -> {{}}", shape, element)
    scale = net.input([2, 20, 1, 1], B)
    net.op(f"cnn.mul {map_a}, {scale} : ({tensor(shape, A)}, {tensor([2, 20, 1, 1], B)}) -> {{}}", shape, A)
    for element in (B, C, "f32"):
        net.op(f"cnn.global_pool average {map_a} : ({tensor(shape, A)}) -> {{}}", [2, 20, 1, 1], element)
        net.op(f"cnn.average_pool {map_a} kernel [3, 3] {WINDOW} : ({tensor(shape, A)}) -> {{}}", [2, 20, 5, 4], element)
    net.op(f"cnn.average_pool {map_a} kernel [3, 3] {WINDOW} count_include_pad true : ({tensor(shape, A)}) -> {{}}",
           [2, 20, 5, 4], B)
    net.op(f"cnn.max_pool {map_a} kernel [3, 3] {WINDOW} : ({tensor(shape, A)}) -> {{}}", [2, 20, 5, 4], A)
    net.op(f"cnn.global_pool max {map_b} : ({tensor(shape, B)}) -> {{}}", [2, 20, 1, 1], B)
    table = ", ".join(str((i * 37 + 11) % 256 - 128) for i in range(256))
    net.op(f"cnn.lookup {map_a} table [{table}] : ({tensor(shape, A)}) -> {{}}", shape, B)
    vector = net.input([3, 17], C)
    net.op(f"cnn.lookup {vector} table [{table}] : ({tensor([3, 17], C)}) -> {{}}", [3, 17], C)
    net.op(f"cnn.reshape {vector} : ({tensor([3, 17], C)}) -> {{}}", [17, 3], C)
    net.op(f"cnn.transpose {vector} permutation [1, 0] : ({tensor([3, 17], C)}) -> {{}}", [17, 3], C)
    net.op(f"cnn.concat {map_a}, {map_a} axis 1 : ({tensor(shape, A)}, {tensor(shape, A)}) -> {{}}", [2, 40, 9, 7], A)
    net.op(f"cnn.slice {map_a} axes [2] starts [1] ends [8] steps [2] : ({tensor(shape, A)}) -> {{}}", [2, 20, 4, 7], A)
    return net


def main():
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        model, library = Path(folder, "model.mlir"), Path(folder, "model.so")
        model.write_text(build().text())
        subprocess.run([wt.tool("winnowc"), model, "-o", library, "--measured-speed=false"], check=True)
        result = subprocess.run([wt.tool("winnow-run"), library, f"--verify={model}", "--tolerance=0"],
                                capture_output=True, text=True)
        if result.returncode:
            print(result.stdout[-3000:], result.stderr[-3000:])
        return result.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
