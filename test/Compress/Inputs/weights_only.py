"""Weights of every width against the interpreter and ONNX Runtime: weights_only.py WINNOWC WINNOW_RUN FOLDER"""

import glob
import os
import subprocess
import sys

import numpy as np
import onnxruntime

winnowc, winnow_run, folder = sys.argv[1:]
# AVX-512 looks numbers up, others convert them; a machine runs what it can.
TARGETS = ["host", "x86-64-v3", "x86_64-linux-gnu"]


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def check_exported(path, output, bits):
    """ONNX Runtime computes what was exported: `output`, by the compiled network."""
    session = onnxruntime.InferenceSession(path)
    taken = session.get_inputs()[0]
    x = np.random.default_rng(1).standard_normal([d if isinstance(d, int) else 2 for d in taken.shape]).astype(np.float32)
    np.save(os.path.join(folder, "x.npy"), x)
    run(winnow_run, output, f"--input={taken.name}={folder}/x.npy", f"--output={folder}")
    want, got = session.run(None, {taken.name: x})[0], np.load(os.path.join(folder, "output_0.npy"))
    assert np.abs(want - got).max() <= 1e-5 * np.abs(want).max(), (path, bits, np.abs(want - got).max())


for model in sorted(glob.glob(os.path.join(folder, "*.onnx"))):
    for bits in (8, 5, 4, 3, 2):
        form, library, exported = (os.path.join(folder, "q" + ending) for ending in (".mlir", ".so", ".exported"))
        run(winnowc, model, "-o", form, "--compile-to=quantize", f"--quantize=w{bits}")
        for target in TARGETS:
            run(winnowc, model, "-o", library, f"--quantize=w{bits}", f"--target={target}")
            assert "same" in run(winnow_run, library, f"--verify={form}", "--tolerance=1e-6"), (model, bits, target)
        run(winnowc, model, "-o", exported + ".onnx", f"--quantize=w{bits}")
        check_exported(exported + ".onnx", library, bits)
        os.remove(exported + ".onnx")
