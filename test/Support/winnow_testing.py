"""What the tests and acceptance scripts written in Python share: running the tools, comparing arrays, isolated workers.

Programs are looked up in $WINNOW_BIN, else in the bin folder of the first build folder that has them.
"""

import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

# Comparisons are of one thread against one, and workers fork: no thread pools behind our back.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import numpy as np  # noqa: E402  (after the environment)

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "python"))

from winnow import Model, WinnowError  # noqa: E402,F401  (re-exported)
from winnow.isolation import isolated  # noqa: E402,F401  (re-exported)
from winnow.text import table  # noqa: E402,F401  (re-exported)


@dataclass
class SquareConvolution:
    """A convolution of squares by squares; `pad` on all sides."""
    inputs: int
    outputs: int
    size: int
    kernel: int = 1
    stride: int = 1
    pad: int = 0
    group: int = 1

    @property
    def out(self):
        return (self.size + 2 * self.pad - self.kernel) // self.stride + 1


def shared_folder() -> Path:
    """Models and data that lie beside the checkout, where there are any; else the script ends as unsupported."""
    folder = Path(os.environ.get("WINNOW_SHARED", SOURCE.parent / "shared"))
    if not (folder / "models").is_dir():
        print(f"unsupported: no models and data in {folder}")
        sys.exit(0)
    return folder


def cache_folder(name: str) -> Path:
    """A folder outside the repository for what is costly to make again."""
    base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = Path(os.environ.get("WINNOW_CACHE", base / "winnow")) / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def tool(name: str) -> str:
    """The path of one of our programs."""
    folders = [os.environ["WINNOW_BIN"]] if "WINNOW_BIN" in os.environ else [
        SOURCE / "build" / "bin", SOURCE / "build-dev" / "bin"]
    for folder in folders:
        if (Path(folder) / name).exists():
            return str(Path(folder) / name)
    sys.exit(f"no {name} in {', '.join(str(f) for f in folders)}: build it, or set WINNOW_BIN")


@dataclass
class Compilation:
    """How a run of winnowc ended. `seconds` on the clock, `cpu_seconds` and `peak` (bytes resident) are of that process
    alone."""
    status: int
    message: str
    seconds: float
    cpu_seconds: float
    peak: int

    @property
    def ok(self) -> bool:
        return self.status == 0

    @property
    def crashed(self) -> bool:
        return self.status < 0

    @property
    def error(self) -> str:
        """The line that says what went wrong."""
        lines = [line for line in self.message.splitlines() if "error:" in line] or self.message.splitlines()[-1:]
        if self.crashed:
            name = "no end within the time limit" if self.status == -signal.SIGKILL else signal.Signals(-self.status).name
            return f"{name}: {lines[0] if lines else ''}"
        return lines[0] if lines else f"exit status {self.status} without a message"


def compile_model(model, output, *options: str, timeout: float = 600) -> Compilation:
    """Runs winnowc on `model` (a path, or an onnx.ModelProto) and waits for it."""
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        path = model
        if not isinstance(model, (str, os.PathLike)):
            path = os.path.join(folder, "model.onnx")
            with open(path, "wb") as file:
                file.write(model.SerializeToString())
        return run_measured([tool("winnowc"), os.fspath(path), "-o", os.fspath(output), *options], timeout)


def run_measured(command, timeout: float) -> Compilation:
    """Runs a command with its messages caught; kills it after `timeout` seconds."""
    forget_peak()  # a child's peak begins with that of the process it was forked from
    with tempfile.TemporaryFile() as log:
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        status, usage = _wait(process.pid, start + timeout)
        seconds = time.monotonic() - start
        process.returncode = status
        log.seek(0)
        message = log.read().decode(errors="replace")
    return Compilation(status, message, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def forget_peak():
    """Sets the peak of this process's memory to what it takes now, where the system can (Linux: proc(5), clear_refs)."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def _wait(pid, deadline):
    """The status and resource usage of a child; kills it at the deadline."""
    descriptor = os.pidfd_open(pid)
    try:
        if not select.select([descriptor], [], [], max(0, deadline - time.monotonic()))[0]:
            os.kill(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
    finally:
        os.close(descriptor)
    return os.waitstatus_to_exitcode(status), usage


def compile_and_load(model, *options: str, timeout: float = 600, **arguments) -> Model:
    """Compiles to a temporary library and loads it; a compile error becomes a WinnowError."""
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        library = os.path.join(folder, "model.so")
        result = compile_model(model, library, *options, timeout=timeout)
        if not result.ok:
            raise WinnowError(result.error)
        return Model(library, **arguments)


def ort_session(model, threads: int = 1):
    """An ONNX Runtime session on the CPU, quiet, with this many threads."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    options.log_severity_level = 4
    source = os.fspath(model) if isinstance(model, (str, os.PathLike)) else model.SerializeToString()
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def limit_memory(gigabytes: float):
    """For work that may go wrong: no process of ours takes more than this."""
    resource.setrlimit(resource.RLIMIT_AS, (int(gigabytes * 2**30),) * 2)


def error_of_scale(actual: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference, in units of the largest magnitude expected."""
    scale = float(np.abs(expected).max()) or 1.0
    return float(np.abs(actual.astype(np.float64) - expected.astype(np.float64)).max()) / scale


def error_of_deviation(actual: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference, in units of the standard deviation of what is expected."""
    deviation = float(expected.astype(np.float64).std()) or 1.0
    return float(np.abs(actual.astype(np.float64) - expected.astype(np.float64)).max()) / deviation
