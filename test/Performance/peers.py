"""The engines that we are measured against, each by its Python package. What is not installed is Unavailable."""

import importlib.metadata
import os
import sys
from pathlib import Path

import numpy as np

import tvm_tool
from engines import Engine, Unavailable, random_inputs, run_tool

TOOLS = Path(sys.executable).parent


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        raise Unavailable(f"the package {package} is not installed") from None


class OnnxRuntime(Engine):
    name, title, module = "ort", "ONNX Runtime", "onnxruntime"
    settings = "all graph optimizations, IO bound ahead"

    def version(self):
        return _version("onnxruntime")

    def options(self):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self.setup.threads, 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 4
        # Its workers would spin into the next engine's turn.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        return options

    def load(self, model):
        import onnxruntime
        self.session = onnxruntime.InferenceSession(str(model), self.options(), providers=["CPUExecutionProvider"])

    def bind(self, inputs):
        self.binding = self.session.io_binding()
        for name, array in inputs.items():
            self.binding.bind_cpu_input(name, array)
        for output in self.session.get_outputs():
            self.binding.bind_output(output.name)
        return lambda: self.session.run_with_iobinding(self.binding)

    def outputs(self):
        return self.binding.copy_outputs_to_cpu()


class OpenVino(Engine):
    name, title, module = "openvino", "OpenVINO f32", "openvino"
    settings = "LATENCY, 1 stream, inference precision f32"
    precision = {"INFERENCE_PRECISION_HINT": "f32"}

    def version(self):
        return _version("openvino")

    def load(self, model):
        import openvino
        settings = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": self.setup.threads,
                    "ENABLE_CPU_PINNING": False, **self.precision}
        core = openvino.Core()
        network = core.read_model(str(model))
        network.reshape({i.any_name: [1 if d.is_dynamic else d.get_length() for d in i.partial_shape]
                         for i in network.inputs})
        self.compiled = core.compile_model(network, "CPU", settings)

    def bind(self, inputs):
        import openvino
        self.request = self.compiled.create_infer_request()
        for name, array in inputs.items():
            self.request.set_tensor(name, openvino.Tensor(array, shared_memory=True))

        def call():
            self.request.start_async()
            self.request.wait()
        return call

    def outputs(self):
        return [np.array(self.request.get_tensor(port).data) for port in self.compiled.outputs]

    def facts(self):
        return {"precision": str(self.compiled.get_property("INFERENCE_PRECISION_HINT"))}


class OpenVinoDefault(OpenVino):
    name, title, f32 = "openvino-default", "OpenVINO default", False
    settings = "LATENCY, 1 stream, its own precision (bfloat16 where the processor has it)"
    precision = {}


class Ncnn(Engine):
    name, title, module, ahead = "ncnn", "ncnn", "ncnn", True
    settings = "fp16 and bf16 off; converted with pnnx"

    def version(self):
        return f"{_version('ncnn')}, pnnx {_version('pnnx')}"

    def convert(self, model, folder):
        link = folder / "m.onnx"
        link.symlink_to(model.resolve())
        shapes = ",".join(f"[{','.join(map(str, array.shape))}]f32" for array in random_inputs(model).values())
        result = run_tool([TOOLS / "pnnx", link, "fp16=0", f"inputshape={shapes}"])
        for extra in folder.glob("m.*"):
            if not extra.name.startswith("m.ncnn."):
                extra.unlink()
        if not (folder / "m.ncnn.param").exists():
            raise Unavailable("pnnx made no ncnn model of it")
        return folder / "m.ncnn.param", result

    def load(self, model):
        import ncnn
        self.net = ncnn.Net()
        self.net.opt.num_threads = self.setup.threads
        for half in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage"):
            setattr(self.net.opt, f"use_{half}", False)
        if self.net.load_param(str(model)) or self.net.load_model(str(model.with_suffix(".bin"))):
            raise Unavailable("ncnn cannot load it")

    def bind(self, inputs):
        import ncnn
        mats = [ncnn.Mat(array[0]) for array in inputs.values()]
        names = self.net.output_names()

        def call():
            extractor = self.net.create_extractor()
            for i, mat in enumerate(mats):
                extractor.input(f"in{i}", mat)
            self.mats = [extractor.extract(name) for name in names]
        return call

    def outputs(self):
        if any(status for status, _ in self.mats):
            raise Unavailable("ncnn cannot run it")
        return [np.array(mat)[None] for _, mat in self.mats]


class Mnn(Engine):
    name, title, module, ahead = "mnn", "MNN", "MNN", True
    settings = "precision high"

    def version(self):
        return _version("MNN")

    def convert(self, model, folder):
        # The extension itself: the package's script `mnnconvert` installs packages and posts statistics.
        code = "import sys, _tools; _tools.mnnconvert(['mnnconvert', *sys.argv[1:]])"
        output = folder / "model.mnn"
        result = run_tool([sys.executable, "-c", code, "-f", "ONNX", "--modelFile", model, "--MNNModel", output,
                           "--bizCode", "none"])
        if not output.exists():
            raise Unavailable("MNN's converter made nothing of it")
        return output, result

    def load(self, model):
        import MNN
        self.interpreter = MNN.Interpreter(str(model))
        self.session = self.interpreter.createSession(
            {"backend": "CPU", "numThread": self.setup.threads, "precision": "high"})

    def bind(self, inputs):
        import MNN
        tensors = self.interpreter.getSessionInputAll(self.session)
        for name, array in inputs.items():
            self.interpreter.resizeTensor(tensors[name], array.shape)
        self.interpreter.resizeSession(self.session)
        pairs = [(tensors[name], MNN.Tensor(array.shape, MNN.Halide_Type_Float, array, MNN.Tensor_DimensionType_Caffe))
                 for name, array in inputs.items()]
        self.results = []
        for tensor in self.interpreter.getSessionOutputAll(self.session).values():
            buffer = np.empty(tensor.getShape(), np.float32)
            host = MNN.Tensor(buffer.shape, MNN.Halide_Type_Float, buffer, MNN.Tensor_DimensionType_Caffe)
            self.results.append((tensor, host))

        def call():
            for tensor, host in pairs:
                tensor.copyFrom(host)
            self.interpreter.runSession(self.session)
            for tensor, host in self.results:
                tensor.copyToHostTensor(host)
        return call

    def outputs(self):
        return [np.array(host.getNumpyData()).reshape(host.getShape()) for _, host in self.results]


class Iree(Engine):
    name, title, module, ahead = "iree", "IREE", "iree.runtime", True
    settings = "O3, data tiling, target-cpu host; local-sync at 1 thread, local-task at more"

    def version(self):
        return _version("iree-base-compiler")

    def key(self):
        return f"{self.version()} {self.setup.avx2}"

    def convert(self, model, folder):
        imported, output = folder / "model.mlir", folder / "model.vmfb"
        run_tool([TOOLS / "iree-import-onnx", model, "-o", imported])
        result = run_tool([TOOLS / "iree-compile", imported, "-o", output, "--iree-hal-target-device=local",
                           "--iree-hal-local-target-device-backends=llvm-cpu",
                           f"--iree-llvmcpu-target-cpu={'haswell' if self.setup.avx2 else 'host'}",
                           "--iree-opt-data-tiling", "--iree-opt-level=O3"])
        imported.unlink()
        return output, result

    def load(self, model):
        import iree.runtime as runtime
        if self.setup.threads > 1:
            runtime.flags.parse_flags(f"--task_topology_max_group_count={self.setup.threads}")
        self.device = runtime.get_device("local-sync" if self.setup.threads == 1 else "local-task")
        context = runtime.SystemContext(config=runtime.Config(device=self.device))
        module = runtime.VmModule.mmap(context.instance, str(model))
        context.add_vm_module(module)
        names = [n for n in module.function_names if not n.startswith("__") and not n.endswith("$async")]
        self.function = context.modules[module.name][names[0]]

    def bind(self, inputs):
        import iree.runtime as runtime
        arrays = [runtime.asdevicearray(self.device, array) for array in inputs.values()]

        def call():
            found = self.function(*arrays)
            self.found = [f.to_host() for f in (found if isinstance(found, (tuple, list)) else [found])]
        return call

    def outputs(self):
        return self.found


class Tvm(Engine):
    name, title, module, ahead = "tvm", "TVM", "tvm", True
    settings = "Relax, llvm with -mcpu of this machine, packed weights; operators tuned by tvm_tool.py; in 3 rounds"
    hides, rounds = ("torch",), 3

    def version(self):
        return _version("apache-tvm")

    def key(self):
        return f"{self.version()} {self.setup.avx2}"

    def environment(self):
        # Its threads stay where the process may run: bound ones would all go to the first processors.
        return {"TVM_NUM_THREADS": str(self.setup.threads), "TVM_BIND_THREADS": "0", "TVM_USE_RUNTIME_LIB": "1"}

    def convert(self, model, folder):
        records = tvm_tool.records_of(model, self.setup.avx2)
        if not tvm_tool.is_tuned(records):
            raise Unavailable("it was not tuned, and untuned code are plain loops: run tvm_tool.py tune")
        output = folder / "model.so"
        tool = Path(tvm_tool.__file__)
        result = run_tool([sys.executable, tool, "build", model, records, output, int(self.setup.avx2)], timeout=300)
        return output, result

    def load(self, model):
        import tvm
        from tvm.runtime.vm import VirtualMachine
        self.machine = VirtualMachine(tvm.runtime.load_module(str(model)), tvm.cpu())
        with np.load(model.with_suffix(".npz")) as arrays:
            self.weights = [tvm.runtime.tensor(arrays[f"arr_{i}"]) for i in range(len(arrays.files))]

    def bind(self, inputs):
        import tvm
        tensors = [tvm.runtime.tensor(array) for array in inputs.values()]
        self.machine.set_input("main", *tensors, *self.weights)
        return lambda: self.machine.invoke_stateful("main")

    def outputs(self):
        found = self.machine.get_outputs("main")
        return [f.numpy() for f in ([found] if hasattr(found, "numpy") else found)]


PEERS = (OnnxRuntime, OpenVino, OpenVinoDefault, Ncnn, Mnn, Iree, Tvm)
