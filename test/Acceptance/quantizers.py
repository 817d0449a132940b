"""Ways to quantize a network after training, each a function from (model file, samples, folder) to a file that its
runner takes. Ours is winnowc's; the peers write QDQ files, which ONNX Runtime runs."""

import contextlib
import dataclasses
import importlib.metadata
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Tuple

import labelled_pictures as pictures
from compare_models import wt

import numpy as np

# Pictures that ONNX Runtime's calibration holds the values of at one time.
CHUNK = 16


class Unavailable(Exception):
    """A quantizer that is not installed, or that cannot do a network."""


@dataclass(frozen=True)
class Quantizer:
    """`make(model, samples, folder)` returns the file; `ours` is compiled, the rest is run by ONNX Runtime."""
    name: str
    title: str
    make: Callable
    ours: bool = False
    family: str = ""


def _winnow(*options):
    def make(model, samples, folder, more=()):
        output = folder / "model.so"
        batch = ("--batch=1",) if _is_dynamic(model) else ()
        result = wt.compile_model(model, output, *[o(model, samples) if callable(o) else o for o in options], *batch,
                                  *more, timeout=3600)
        if not result.ok:
            raise Unavailable(result.error)
        return output, result.peak
    return make


def _is_dynamic(model):
    import onnx
    graph = onnx.load(model, load_external_data=False).graph
    return any(not d.dim_value for i in graph.input for d in i.type.tensor_type.shape.dim)


def _calibrate(model, samples):
    return f"--calibrate={pictures.calibration_file(model, samples)}"


class _Reader:
    """A range of the samples, one picture after the other, as ONNX Runtime's calibration reads them."""

    def __init__(self, samples, first, last):
        self.rows = ({samples.name: samples.calibration[i:i + 1]} for i in range(first, last))

    def get_next(self):
        return next(self.rows, None)


def _onnxruntime(method, **settings):
    def make(model, samples, folder):
        try:
            from onnxruntime import quantization as q
            from onnxruntime.quantization import calibrate, qdq_quantizer, registry, shape_inference
        except ImportError as error:
            raise Unavailable(f"onnxruntime's quantization: {error}") from None
        import onnx
        prepared, output = folder / "prepared.onnx", folder / "model.onnx"
        onnx.save(_modern(model), prepared)
        shape_inference.quant_pre_process(str(prepared), str(prepared), skip_symbolic_shape=True)
        kinds = sorted(set(registry.QLinearOpsRegistry) | set(registry.QDQRegistry))
        # What quantize_static does, in chunks: it would keep every value of all pictures in memory.
        calibrator = calibrate.create_calibrator(
            prepared, kinds, augmented_model_path=str(folder / "augmented.onnx"),
            calibrate_method=getattr(q.CalibrationMethod, method), extra_options=settings)
        for first in range(0, len(samples.calibration), CHUNK):
            calibrator.collect_data(_Reader(samples, first, min(first + CHUNK, len(samples.calibration))))
        ranges = calibrator.compute_data()

        def quantized(extra):
            quantizer = qdq_quantizer.QDQQuantizer(
                onnx.load(prepared), per_channel=True, reduce_range=False, weight_qType=q.QuantType.QInt8,
                activation_qType=q.QuantType.QUInt8, tensors_range=ranges, nodes_to_quantize=[], nodes_to_exclude=[],
                op_types_to_quantize=kinds, extra_options=extra)
            quantizer.quantize_model()
            return quantizer.model
        try:
            made = quantized({})
        except ValueError:  # its adjustment of weights for biases, where a filter has one channel
            made = quantized({"QDQDisableWeightAdjustForInt32Bias": True})
        made.save_model_to_file(str(output))
        for extra in (prepared, folder / "augmented.onnx"):
            extra.unlink(missing_ok=True)
        return output, None
    return make


def _nncf(**settings):
    def make(model, samples, folder):
        try:
            import nncf
        except ImportError as error:
            raise Unavailable(f"nncf: {error}") from None
        import onnx
        chosen = dict(settings)
        if "preset" in chosen:
            chosen["preset"] = getattr(nncf.QuantizationPreset, chosen["preset"])
        data = nncf.Dataset(list(range(len(samples.calibration))),
                            lambda i: {samples.name: samples.calibration[i:i + 1]})
        quantized = nncf.quantize(_modern(model), data, subset_size=len(samples.calibration),
                                  target_device=nncf.TargetDevice.CPU, **chosen)
        output = folder / "model.onnx"
        onnx.save(quantized, output)
        return output, None
    return make


def _modern(model):
    """The model, in an operator set that has scales for each channel."""
    import onnx
    loaded = onnx.load(model)
    if next(o.version for o in loaded.opset_import if not o.domain) >= 13:
        return loaded
    return onnx.version_converter.convert_version(loaded, 13)


QUANTIZERS = [
    Quantizer("winnow-f32", "Winnow f32", _winnow(), ours=True, family="f32"),
    Quantizer("winnow-int8", "Winnow int8", _winnow("--quantize=int8", _calibrate), ours=True, family="int8"),
    Quantizer("winnow-w4a8", "Winnow W4A8", _winnow("--quantize=w4a8", _calibrate), ours=True, family="w4a8"),
    Quantizer("winnow-bf16", "Winnow bf16", _winnow("--precision=bf16"), ours=True, family="bf16"),
    Quantizer("winnow-f16", "Winnow f16", _winnow("--precision=f16"), ours=True, family="f16"),
    Quantizer("ort-minmax", "ONNX Runtime min-max", _onnxruntime("MinMax"), family="int8"),
    Quantizer("ort-percentile", "ONNX Runtime percentile", _onnxruntime("Percentile", percentile=99.99), family="int8"),
    Quantizer("ort-entropy", "ONNX Runtime entropy", _onnxruntime("Entropy"), family="int8"),
    Quantizer("nncf", "NNCF", _nncf(), family="int8"),
    Quantizer("nncf-mixed", "NNCF mixed preset", _nncf(preset="MIXED"), family="int8"),
    Quantizer("nncf-full", "NNCF full bias correction", _nncf(preset="MIXED", fast_bias_correction=False), family="int8"),
]


def with_options(quantizer: Quantizer, options) -> Quantizer:
    """Ours with more options for winnowc where it quantizes; others as they are."""
    if not options or not quantizer.ours or quantizer.family == "f32":
        return quantizer
    make = lambda model, samples, folder: quantizer.make(model, samples, folder, options)
    return dataclasses.replace(quantizer, make=make)


def version_of(quantizer: Quantizer) -> str:
    """What a kept result of a peer depends on beside the network."""
    package = {"ort": "onnxruntime", "nnc": "nncf"}[quantizer.name[:3]]
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        raise Unavailable(f"the package {package} is not installed") from None


def quantize(quantizer: Quantizer, model: Path, samples, folder: Path) -> Tuple[Path, float, int]:
    """The file, the seconds that making it took, and the bytes of memory at its peak (None where not measured)."""
    start = time.perf_counter()
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):  # they talk on the output of the table
        try:
            path, peak = quantizer.make(model, samples, folder)
        except Exception as error:  # whatever a peer raises, the table says
            if quantizer.ours or isinstance(error, Unavailable):
                raise
            raise Unavailable(f"{type(error).__name__}: {error}") from None
    return path, time.perf_counter() - start, peak


def runner(quantizer: Quantizer, path: Path, samples):
    """A function from one input [1, c, h, w] to the scores of its classes."""
    if quantizer.ours:
        model = wt.Model(path)
        return lambda x: np.array(model.run(x)[0], np.float32).ravel()
    session = wt.ort_session(path, threads=os.cpu_count())
    return lambda x: np.array(session.run(None, {samples.name: x})[0], np.float32).ravel()
