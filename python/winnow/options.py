"""What a user decides about a compilation, and how the C API is told."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from typing import Any, Callable, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from winnow.errors import CompileError

#: A path to an .onnx or .mlir file, an onnx.ModelProto, or the bytes of one.
ModelSource = Union[str, os.PathLike, bytes, Any]
#: Told before each step: what it is, its number from 0, and how many there are.
Progress = Callable[[str, int, int], None]
PathLike = Union[str, os.PathLike]

# What stands for a model in memory where errors name a file.
IN_MEMORY = "model.onnx"


@dataclass(frozen=True)
class CompileOptions:
    """All that a user decides; the same options as winnowc's, with the same defaults."""
    #: host, x86-64-v3, x86-64-v4, x86-64-multi (both, chosen when loaded) or a triple.
    target: str = "host"
    #: The processor, in place of the target's, and features to add or take away ("+avx2,-fma").
    cpu: str = ""
    features: str = ""
    #: The batch, where the model leaves it open.
    batch: Optional[int] = None
    #: Shapes by input; None (or -1) as first extent keeps the batch dynamic.
    input_shapes: Mapping[str, Sequence[Optional[int]]] = field(default_factory=dict)
    #: Inputs that become constants: arrays, or paths of .npy files.
    fixed_inputs: Mapping[str, Union[np.ndarray, PathLike]] = field(default_factory=dict)
    #: What values between layers and filters are stored in: "f32", "bf16", "f16", or "auto" (the fastest of them that
    #: keeps `max_drop`, 0.5 points by default, on the samples of `calibrate`); "": f32. See docs/Compress.md.
    precision: str = ""
    #: Pruning after training, which needs `calibrate`: what is to be reached, as "sparsity:0.7" (part of the weights that
    #: become zero), "macs:0.5", "latency:0.6" (part that is left) or "bytes:500000", and with commas "pattern=2:4" and
    #: "criterion=taylor"; "": none. See docs/Compress.md.
    prune: str = ""
    #: In place of pruning, and of an output: report what several levels up to the target would do to accuracy, predicted
    #: time, size and energy. "full": each level is pruned as it would be; "quick": layers are not fitted to each other,
    #: which loses more than pruning will; "": no dry run.
    dry_run: str = ""
    #: Post-training quantization: "int8", or bits of weights and of activations, 2 to 8 each, as in "w4a8",
    #: which need `calibrate`; or bits of the weights of fully connected layers alone, as in "w4"; "": none.
    quantize: str = ""
    #: Other kinds of quantization, with which the report compares that one.
    compare_bits: Sequence[str] = ()
    #: A folder of pictures, or an .npz keyed by input name with samples along the first axis.
    calibrate: PathLike = ""
    #: A JSON file that says how pictures become inputs; "": as they are.
    preprocess: PathLike = ""
    #: Classes of the samples: an .npy of integers, or a file of lines with a picture's name and its class; "": none.
    labels: PathLike = ""
    #: The most samples that are taken, spread evenly.
    calibration_samples: int = 256
    #: Points of top-1 accuracy on the samples (without labels: of agreement with f32) that may be
    #: lost, by pruning and quantization; None: any.
    max_drop: Optional[float] = None
    #: Compute convolutions by this where it is legal; "": the cheapest each. See algorithm_names().
    algorithm: str = ""
    #: Compute layers without the zeros of their filters where that is faster.
    sparsity: bool = True
    #: Time the algorithms of each convolution on this machine and take the fastest.
    autotune: bool = False
    #: The JSON file that keeps measured times; known ones are used also without `autotune`.
    tuning_cache: PathLike = ""
    #: (i, n): with `autotune`, time only every n-th convolution, from number i on. See winnow.distributed.autotune().
    tune_part: Tuple[int, int] = (0, 1)
    #: The most threads that runs will have; 0: this machine's processors.
    threads: int = 0
    #: What dividing work among threads costs, in cycles; None: an estimate.
    fork_join_cycles: Optional[float] = None
    #: Predict with this machine's measured speeds; False: typical ones, for equal code everywhere.
    measured_speed: bool = True
    #: 0 to 3: how hard LLVM works on the generated code.
    opt_level: int = 2
    #: Take the time of each layer in every run: what Model.profile() needs.
    instrument: bool = False
    #: Stop after this phase and write .mlir; "": go through. See phase_names().
    compile_to: str = ""
    #: A .txt, .json or .html file for the table of the layers; "-": text on stdout.
    report: PathLike = ""
    #: A .yaml file for what passes did and declined.
    remarks: PathLike = ""
    #: An .mlir file in which a pass that fails or crashes leaves its input, for `winnow-opt --run-reproducer`.
    crash_reproducer: PathLike = ""
    #: Check the IR after every pass; print the time of each pass to stderr.
    verify_each: bool = False
    timing: bool = False


class Telling:
    """Hands progress to a Python function; what that raises is kept until the compiler has returned."""

    def __init__(self, ffi: Any, function: Progress):
        self._function, self.error = function, None  # type: Progress, Optional[BaseException]
        self.callback = ffi.callback("WinnowProgressCallback", lambda _, step, index, count: self._tell(
            ffi.string(step).decode(), index, count))

    def _tell(self, step: str, index: int, count: int) -> None:
        try:
            if not self.error:
                self._function(step, index, count)
        except BaseException as error:  # an interruption, too
            self.error = error


class Setter:
    """Fills in the options of the C API."""

    def __init__(self, ffi: Any, library: Any, handle: Any):
        self._ffi, self._library, self._handle = ffi, library, handle
        self._held: List[Any] = []  # what the options borrow

    def __call__(self, name: str, *values: Any) -> None:
        """Calls winnowCompileOptionsSet<name>; text is handed over as UTF-8."""
        texts = [v.encode() if isinstance(v, str) else v for v in values]
        arguments = [self._ffi.new("char[]", v) if isinstance(t, str) else v for t, v in zip(values, texts)]
        if getattr(self._library, "winnowCompileOptionsSet" + name)(self._handle, *arguments):
            raise CompileError(f"error: {name}: out of range: {', '.join(map(str, values))}")

    def set_input(self, model: ModelSource) -> None:
        if isinstance(model, (str, os.PathLike)):
            self("InputFile", os.fspath(model))
            return
        if hasattr(model, "SerializeToString"):
            model = model.SerializeToString()
        if not isinstance(model, (bytes, bytearray, memoryview)):
            raise TypeError(f"expected a path, an onnx.ModelProto or bytes, found {type(model).__name__}")
        data = self._ffi.from_buffer(model)
        self._held.append(data)
        self("BorrowedInputBytes", data, len(data), IN_MEMORY)

    def set_options(self, o: CompileOptions) -> None:
        self("Target", o.target, o.cpu, o.features)
        if o.batch is not None:
            self("Batch", o.batch)
        for name, shape in o.input_shapes.items():
            self("InputShape", name, [-1 if e is None else int(e) for e in shape], len(shape))
        for name, value in o.fixed_inputs.items():
            self._fix_input(name, value)
        for name, text in (("Algorithm", o.algorithm), ("Precision", o.precision), ("TuningCache", o.tuning_cache), ("CompileTo", o.compile_to),
                           ("ReportFile", o.report), ("RemarksFile", o.remarks),
                           ("CrashReproducerFile", o.crash_reproducer)):
            if os.fspath(text):
                self(name, os.fspath(text))
        if any(map(os.fspath, (o.quantize, o.calibrate, o.preprocess, o.labels))):
            self("Quantization", o.quantize, *map(os.fspath, (o.calibrate, o.preprocess, o.labels)))
        if o.prune:
            self("Pruning", o.prune)
        if o.dry_run:
            self("DryRun", o.dry_run)
        self("ComparedBits", ",".join(o.compare_bits))
        self("CalibrationSamples", o.calibration_samples)
        if o.max_drop is not None:
            self("MaxDrop", float(o.max_drop))
        self("TunePart", *o.tune_part)
        if o.fork_join_cycles is not None:
            self("ForkJoinCycles", float(o.fork_join_cycles))
        for name, number in (("Autotune", o.autotune), ("Threads", o.threads), ("MeasuredSpeed", o.measured_speed),
                             ("Sparsity", o.sparsity),
                             ("Instrument", o.instrument), ("VerifyEach", o.verify_each), ("Timing", o.timing)):
            self(name, number)
        if not 0 <= o.opt_level <= 3:
            raise CompileError(f"error: opt_level: expected 0 to 3, found {o.opt_level}")
        self("OptLevel", o.opt_level)

    def _fix_input(self, name: str, value: Union[np.ndarray, PathLike]) -> None:
        if isinstance(value, (str, os.PathLike)):
            self("FixedInputFile", name, os.fspath(value))
            return
        file = io.BytesIO()
        np.save(file, np.asarray(value), allow_pickle=False)
        self("FixedInputBytes", name, file.getvalue(), len(file.getvalue()))

    def set_progress(self, function: Progress) -> Telling:
        telling = Telling(self._ffi, function)
        self("ProgressCallback", telling.callback, self._ffi.NULL)
        return telling
