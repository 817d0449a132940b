"""The lit suite of Winnow.

Substitutions: the tools by their names, %python (with numpy, onnx, onnxruntime), %cc and %cxx, %include (the headers
of a compiled model), %support (helper scripts), %models (networks that the repository ships), %shared (models and data
that lie beside the checkout), %source and %binary (the folders of the sources and of the build).
Features: `python`, `pillow`, `torch`, `ray`, `wheel` (what building one needs), `onnxruntime`, `shared-data`, `chromium`,
`mlir-runner`, `valgrind`, `sanitizers`, `thread-sanitizer`, `slow` (asked for with --param slow=1), and
one for each flag of the CPU that tests may need (`avx2`, `avx512f`, ...).
"""

import os
import platform
import shutil
import subprocess
import tempfile

import lit.formats

source_dir = config.winnow_source_dir
binary_dir = config.winnow_binary_dir


def cpu_flags():
    """The flags of the host's CPU as Linux names them."""
    try:
        with open("/proc/cpuinfo") as info:
            for line in info:
                if line.startswith(("flags", "Features")):
                    return set(line.split(":", 1)[1].split())
    except OSError:
        pass
    return set()


def python_has(*modules):
    """True if the Python of the tests can import `modules`."""
    probe = "import importlib.util as u, sys; sys.exit(not all(u.find_spec(m) for m in sys.argv[1:]))"
    return subprocess.run([config.winnow_python, "-c", probe, *modules], stderr=subprocess.DEVNULL).returncode == 0


def has_thread_sanitizer():
    """True if the C compiler makes programs with a race detector that start on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, "empty.c"), os.path.join(folder, "empty")
        with open(source, "w") as file:
            file.write("int main(void) { return 0; }")
        command = [config.winnow_c_compiler, "-fsanitize=thread", source, "-o", program]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.run(command, **quiet).returncode == 0 and subprocess.run([program], **quiet).returncode == 0


config.name = "winnow"
config.test_format = lit.formats.ShTest(execute_external=False)
config.test_source_root = os.path.join(source_dir, "test")
config.test_exec_root = os.path.join(binary_dir, "test")
config.suffixes = [".mlir", ".test"]
config.excludes = ["Support", "Models", "Acceptance", "embed", "CMakeLists.txt", "Inputs"]

config.winnow_python = os.environ.get("WINNOW_PYTHON", config.winnow_python)
tools_dir = os.path.join(binary_dir, "bin")
path = [tools_dir, config.llvm_tools_dir, os.environ.get("PATH", "")]
config.environment["PATH"] = os.pathsep.join(path)
config.environment["PYTHONPATH"] = os.pathsep.join(
    [os.path.join(source_dir, "python"), os.path.join(source_dir, "test", "Support")])
config.environment["WINNOW_BIN"] = tools_dir
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"
config.environment["MLIR_LIBRARIES"] = os.path.join(os.path.dirname(config.llvm_tools_dir), "lib")
# Tests neither read nor write what a user has in a cache.
config.environment["WINNOW_CACHE"] = os.path.join(binary_dir, "test", "cache")
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

shared = os.path.realpath(os.path.join(source_dir, "..", "shared"))
shared = os.environ.get("WINNOW_SHARED", shared)
config.substitutions += [
    ("%python", config.winnow_python),
    ("%cxx", config.winnow_cxx_compiler),
    ("%cc", config.winnow_c_compiler),
    ("%include", os.path.join(source_dir, "include")),
    ("%support", os.path.join(source_dir, "test", "Support")),
    ("%models", os.path.join(source_dir, "test", "Models")),
    ("%shared", shared),
    ("%source", source_dir),
    ("%binary", binary_dir),
    ("%llvm", os.path.dirname(config.llvm_tools_dir)),
]

if os.path.isdir(os.path.join(shared, "models")):
    config.available_features.add("shared-data")
if python_has("numpy", "onnx", "cffi"):
    config.available_features.add("python")
    if python_has("PIL"):
        config.available_features.add("pillow")
    if python_has("torch", "onnxscript"):
        config.available_features.add("torch")
    if python_has("ray"):
        config.available_features.add("ray")
    if python_has("pip", "scikit_build_core") and os.path.exists(os.path.join(binary_dir, "standalone", "libwinnow.so")):
        config.available_features.add("wheel")
    if python_has("onnxruntime"):
        config.available_features.add("onnxruntime")
if any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
    config.available_features.add("chromium")
if os.path.exists(os.path.join(config.llvm_tools_dir, "mlir-runner")):
    config.available_features.add("mlir-runner")
if shutil.which("valgrind"):
    config.available_features.add("valgrind")
if has_thread_sanitizer():
    config.available_features.add("thread-sanitizer")
if config.winnow_sanitize:
    config.available_features.add("sanitizers")
if lit_config.params.get("slow", "0") not in ("0", ""):
    config.available_features.add("slow")
if platform.machine() in ("x86_64", "AMD64"):
    config.available_features.add("x86_64")
config.available_features |= cpu_flags() & {
    "fma", "f16c", "avx2", "avx512f", "avx512vl", "avx512bw", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile"}
