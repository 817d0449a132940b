"""Numbers through the doors: a network in another dialect, compiled here and by MLIR's own passes.

    doors.py tosa|linalg|cnn FILE.mlir

`tosa` and `linalg`: what `winnow-convert-X-to-cnn` makes of the file, compiled by winnowc, against mlir-opt's lowering of
the file itself, run by mlir-runner. `cnn`: the file compiled by winnowc against what `winnow-convert-cnn-to-linalg` makes
of its graph phase, run by mlir-runner, and against that brought back by `winnow-convert-linalg-to-cnn`.
Inputs are random, of a fixed seed. Prints one line a comparison and exits with 1 where a difference is above 1e-4 of the
scale of an output.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

from winnow import Model

TOSA_TO_LINALG = ("builtin.module(func.func(tosa-infer-shapes,tosa-optional-decompositions,tosa-to-linalg-named,"
                  "tosa-to-linalg,tosa-to-arith,tosa-to-tensor,canonicalize))")
TO_LLVM = [
    "--convert-elementwise-to-linalg",
    "--one-shot-bufferize=bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map",
    "--convert-linalg-to-loops", "--convert-scf-to-cf", "--expand-strided-metadata", "--lower-affine",
    "--convert-math-to-llvm", "--convert-math-to-libm", "--finalize-memref-to-llvm", "--convert-func-to-llvm",
    "--convert-cf-to-llvm", "--convert-arith-to-llvm", "--convert-index-to-llvm", "--reconcile-unrealized-casts"
]
TOLERANCE = 1e-4


def run(*command: object) -> str:
    """The output of a program; exits with its errors where it fails."""
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stderr}")
    return result.stdout


def tensor_types(text: str) -> list[str]:
    return re.findall(r"tensor<[^>]*>", text)


def signature(text: str) -> tuple[list[str], list[str]]:
    """The types of the arguments and of the results of @main."""
    inputs, results = re.search(r"func\.func @main\((.*?)\)\s*->\s*(.*?)\s*\{\n", text, re.S).groups()
    return tensor_types(inputs), tensor_types(results)


def shape_of(tensor: str) -> list[int]:
    return [int(extent) for extent in tensor[len("tensor<"):-1].split("x")[:-1]]


def run_upstream(text: str, inputs: list[np.ndarray], folder: pathlib.Path) -> list[np.ndarray]:
    """Runs @main of a module of linalg and tensor by MLIR's own tools: inputs become constants of a caller."""
    argument_types, result_types = signature(text)
    lines = ["func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}", "func.func @entry() {"]
    for index, (value, tensor) in enumerate(zip(inputs, argument_types)):
        lines.append(f"  %i{index} = arith.constant dense<{json.dumps(value.astype(float).tolist())}> : {tensor}")
    names = ", ".join(f"%i{i}" for i in range(len(inputs)))
    lines.append(f"  %r:{len(result_types)} = call @main({names}) : ({', '.join(argument_types)}) -> "
                 f"({', '.join(result_types)})")
    for index, tensor in enumerate(result_types):
        lines.append(f"  %u{index} = tensor.cast %r#{index} : {tensor} to tensor<*xf32>")
        lines.append(f"  call @printMemrefF32(%u{index}) : (tensor<*xf32>) -> ()")
    lines += ["  return", "}"]
    body = text.rstrip()
    if re.search(r"^module\b", body, re.M):
        body = body[:body.rindex("}")] + "\n".join(lines) + "\n}"
    else:
        body += "\n" + "\n".join(lines)
    source, lowered = folder / "upstream.mlir", folder / "upstream.llvm.mlir"
    source.write_text(body)
    lowered.write_text(run("mlir-opt", source, *TO_LLVM))
    libraries = os.environ["MLIR_LIBRARIES"]
    printed = run("mlir-runner", lowered, "-e", "entry", "-entry-point-result=void",
                  f"--shared-libs={libraries}/libmlir_runner_utils.so,{libraries}/libmlir_c_runner_utils.so")
    values = []
    for data, tensor in zip(printed.split("data =")[1:], result_types):
        numbers = re.split(r"Unranked", data)[0]
        found = [float(n) for n in re.findall(r"-?(?:inf|nan|[0-9][0-9.e+-]*)", numbers)]
        values.append(np.array(found, np.float32).reshape(shape_of(tensor)))
    return values


def run_winnow(path: pathlib.Path, inputs: list[np.ndarray], folder: pathlib.Path) -> list[np.ndarray]:
    library = folder / (path.stem + ".so")
    run("winnowc", path, "-o", library, "-O1")
    return list(Model(str(library)).run(*inputs))


def compare(what: str, found: list[np.ndarray], expected: list[np.ndarray]) -> bool:
    worst = 0.0
    for one, other in zip(found, expected, strict=True):
        if one.shape != other.shape or not np.isfinite(other).all() or np.ptp(other) == 0.0:
            print(f"{what}: shape {one.shape}, expected {other.shape} of finite numbers that differ")
            return False
        worst = max(worst, float(np.abs(one - other).max() / np.abs(other).max()))
    good = worst <= TOLERANCE
    print(f"{what}: {len(expected)} outputs, difference {worst:.1e} of the scale, {'same' if good else 'DIFFERENT'}")
    return good


def main() -> int:
    door, path = sys.argv[1], pathlib.Path(sys.argv[2])
    text = path.read_text()
    text = "\n".join(line for line in text.split("\n") if not line.startswith("//"))
    generator = np.random.default_rng(7)
    inputs = [generator.uniform(-1, 1, shape_of(tensor)).astype(np.float32) for tensor in signature(text)[0]]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if door == "cnn":
            graph, out, back = folder / "graph.mlir", folder / "linalg.mlir", folder / "back.mlir"
            source = folder / "source.mlir"
            source.write_text(text)
            run("winnowc", source, "-o", graph, "--compile-to=graph")
            # What targets are is no matter of other compilers.
            graph.write_text(re.sub(r"module attributes \{.*\} \{\n", "module {\n", graph.read_text()))
            run("winnow-opt", graph, "--winnow-convert-cnn-to-linalg", "-o", out)
            run("winnow-opt", out, "--winnow-convert-linalg-to-cnn", "-o", back)
            expected = run_winnow(source, inputs, folder)
            good = compare("to linalg", run_upstream(out.read_text(), inputs, folder), expected)
            return 0 if compare("and back", run_winnow(back, inputs, folder), expected) and good else 1
        source, converted, linalg = folder / "source.mlir", folder / "converted.mlir", folder / "linalg.mlir"
        source.write_text(text)
        run("winnow-opt", source, f"--winnow-convert-{door}-to-cnn", "-o", converted)
        linalg.write_text(run("mlir-opt", source, f"--pass-pipeline={TOSA_TO_LINALG}") if door == "tosa" else text)
        expected = run_upstream(linalg.read_text(), inputs, folder)
        return 0 if compare(f"from {door}", run_winnow(converted, inputs, folder), expected) else 1


if __name__ == "__main__":
    sys.exit(main())
