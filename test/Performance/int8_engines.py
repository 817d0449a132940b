"""Networks in 8-bit integers: the quantized files that all engines get, and the engines that run them.

The file is ONNX Runtime's own: `quantize_static` in QDQ form, weights signed per output channel, activations unsigned,
calibrated on random inputs (the weights of the benchmark's networks are random too; accuracy is judged elsewhere).
"""

import hashlib
import importlib.metadata
import subprocess
from pathlib import Path

import engines
from engines import Setup, Unavailable, Winnow, wt
from peers import OnnxRuntime, OpenVino, OpenVinoDefault

import numpy as np

SAMPLES = 8


def _kept(model: Path, what: str, suffix: str) -> Path:
    """Where the cache keeps what is made of a model; the name changes with the model."""
    about = model.stat()
    digest = hashlib.sha256(f"{what} {model.resolve()} {about.st_mtime_ns} {about.st_size}".encode()).hexdigest()[:16]
    return wt.cache_folder("performance") / f"{model.stem}-int8-{digest}{suffix}"


def calibration_inputs(model: Path) -> dict:
    """SAMPLES random values of each input, along the first axis."""
    samples = [engines.random_inputs(model, seed=100 + i) for i in range(SAMPLES)]
    return {name: np.concatenate([sample[name] for sample in samples]) for name in samples[0]}


def calibration_file(model: Path) -> Path:
    """The same as a file that winnowc --calibrate takes."""
    path = _kept(model, f"samples {SAMPLES}", ".npz")
    if not path.exists():
        partial = path.with_name(path.stem + ".partial.npz")
        np.savez(partial, **calibration_inputs(model))
        partial.rename(path)
    return path


def qdq_model(model: Path) -> Path:
    """The quantized form of a model in 32-bit floats, made where the cache has it not."""
    try:
        version = importlib.metadata.version("onnxruntime")
        from onnxruntime import quantization
        from onnxruntime.quantization.shape_inference import quant_pre_process
    except ImportError as error:
        raise Unavailable(f"quantized models need onnxruntime: {error}") from None
    path = _kept(model, f"qdq {version} {SAMPLES}", ".onnx")
    if path.exists():
        return path
    prepared, partial = path.with_suffix(".prepared"), path.with_suffix(".partial")
    inputs = calibration_inputs(model)

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.rows = iter(range(SAMPLES))

        def get_next(self):
            row = next(self.rows, None)
            return None if row is None else {name: array[row:row + 1] for name, array in inputs.items()}

    try:
        quant_pre_process(str(model), str(prepared), skip_symbolic_shape=True)
        quantization.quantize_static(
            str(prepared), str(partial), Reader(), quant_format=quantization.QuantFormat.QDQ, per_channel=True,
            weight_type=quantization.QuantType.QInt8, activation_type=quantization.QuantType.QUInt8,
            calibrate_method=quantization.CalibrationMethod.MinMax)
        partial.rename(path)
    finally:
        prepared.unlink(missing_ok=True)
        partial.unlink(missing_ok=True)
    return path


class _Quantized:
    """An engine that gets the quantized file in place of the model."""
    f32, int8 = False, True

    def source(self, model):
        return qdq_model(model)


class WinnowQdq(_Quantized, Winnow):
    name, title = "winnow-qdq", "Winnow int8 (QDQ)"
    settings = "winnowc's defaults on the quantized file"


class WinnowInt8(Winnow):
    """Our own quantization, of the model in 32-bit floats."""
    name, title, f32, int8 = "winnow-int8", "Winnow --quantize=int8", False, True
    settings = "winnowc --quantize=int8, calibrated on the samples that the quantized file was calibrated on"

    def version(self):
        help_text = subprocess.run([wt.tool("winnowc"), "--help"], capture_output=True, text=True).stdout
        if "--quantize" not in help_text:
            raise Unavailable("this winnowc has no --quantize")
        return super().version()

    def convert(self, model, folder):
        quantize = ("--quantize=int8", f"--calibrate={calibration_file(model)}")
        inner = Winnow(Setup(self.setup.threads, self.setup.avx2, (*self.setup.options, *quantize)))
        return inner.convert(model, folder)


class OnnxRuntimeInt8(_Quantized, OnnxRuntime):
    name, title = "ort-int8", "ONNX Runtime int8"


class OpenVinoInt8(_Quantized, OpenVinoDefault):
    name, title = "openvino-int8", "OpenVINO int8"


class OpenVinoInt8F32(_Quantized, OpenVino):
    name, title = "openvino-int8-f32", "OpenVINO int8, f32 hint"


INT8 = (WinnowQdq, WinnowInt8, OnnxRuntimeInt8, OpenVinoInt8, OpenVinoInt8F32)
