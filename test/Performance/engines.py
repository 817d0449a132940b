"""What the benchmark knows of an engine, and our own. The others are in peers.py.

An engine prepares a model once (`convert`: what its own tools do ahead of time), loads it, and binds an input; what is
timed is `call()`, the shortest way from an input that lies in memory to outputs that do.
"""

import datetime
import hashlib
import json
import importlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

import numpy as np


class Unavailable(Exception):
    """An engine that is not installed, or that cannot do a model; the message says which."""


@dataclass(frozen=True)
class Setup:
    """How a model is to be run. `options` are winnowc's; `avx2` asks for code for AVX2 and nothing newer; `realtime`
    for a priority over all ordinary processes while it runs."""
    threads: int = 1
    avx2: bool = False
    options: tuple = ()
    realtime: bool = False


def random_inputs(path, seed: int = 7) -> dict:
    """One random input for each that the model has, at batch 1; the same on every machine."""
    import onnx
    model = onnx.load(path, load_external_data=False)
    constants = {tensor.name for tensor in model.graph.initializer}
    random = np.random.Generator(np.random.PCG64(seed))
    return {i.name: random.standard_normal([d.dim_value or 1 for d in i.type.tensor_type.shape.dim], np.float32)
            for i in model.graph.input if i.name not in constants}


def run_tool(command, timeout=1800):
    """Runs a tool that makes something of a model; its seconds and peak memory."""
    result = wt.run_measured([str(part) for part in command], timeout)
    if not result.ok:
        raise Unavailable(f"{Path(str(command[0])).name}: {result.error[:300]}")
    return result


class Engine:
    """An engine, in a process of its own."""
    name = ""        # as --engines takes it
    title = ""       # as tables show it
    settings = ""    # what was set, for the record
    module = ""      # its Python package
    f32 = True       # computes in 32-bit floats: one of those that ratios are taken of
    int8 = False     # computes in 8-bit integers: one of those of networks_int8.py
    hides = ()       # packages that it would load only because other engines brought them into the environment
    rounds = None    # the most that it takes part in; None: all
    ahead = False    # has a step ahead of time, whose product is another file

    def __init__(self, setup: Setup):
        self.setup = setup

    def version(self) -> str:
        raise NotImplementedError

    def environment(self) -> dict:
        """What must be set before the process starts."""
        return {"OMP_NUM_THREADS": str(self.setup.threads)}

    def key(self) -> str:
        """What the product of convert() depends on, beside the model."""
        return self.version()

    def source(self, model: Path) -> Path:
        """The file that this engine gets for a model of the benchmark."""
        return model

    def convert(self, model: Path, folder: Path):
        """Makes of a model what load() takes, in a folder; returns that file and wt.Compilation."""
        return model, None

    def prepare(self):
        """What a program does once, whatever the models: it is no part of loading one."""
        importlib.import_module(self.module)

    def load(self, model: Path):
        """Loads what convert() made, ready to run."""
        raise NotImplementedError

    def bind(self, inputs: dict):
        """A function without arguments that runs the loaded model on these arrays."""
        raise NotImplementedError

    def outputs(self) -> list:
        """The outputs of the last call, as arrays in the model's order."""
        raise NotImplementedError

    def facts(self) -> dict:
        """What else there is to say of the loaded model."""
        return {}


class Winnow(Engine):
    name, title, module, ahead = "winnow", "Winnow", "winnow", True
    settings = "winnowc's defaults"

    def version(self):
        compiler = Path(wt.tool("winnowc")).resolve()
        commit = subprocess.run(["git", "-C", str(compiler.parent), "rev-parse", "--short", "HEAD"],
                                capture_output=True, text=True).stdout.strip()
        built = datetime.datetime.fromtimestamp(compiler.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
        return (f"commit {commit}, " if commit else "") + f"built {built}"

    def key(self):
        compiler = os.stat(wt.tool("winnowc"))
        return f"{compiler.st_mtime_ns} {compiler.st_size} report {self._options()}"

    def _options(self):
        return (["--mcpu=haswell"] if self.setup.avx2 else []) + list(self.setup.options)

    def convert(self, model, folder):
        output = folder / "model.so"
        result = wt.compile_model(model, output, f"--report={folder / 'report.json'}", *self._options())
        if not result.ok:
            raise Unavailable(result.error[:300])
        return output, result

    def prepare(self):
        super().prepare()
        importlib.import_module("winnow._abi").model_interface()  # reads the declarations

    def load(self, model):
        self.model = wt.Model(model, threads=self.setup.threads, in_place=True)

    def bind(self, inputs):
        self.call = self.model.bind(named=inputs)
        return self.call

    def outputs(self):
        return self.call.outputs

    def facts(self):
        algorithms = {}
        for layer in self.model.layers:
            if layer.algorithm:
                algorithms[layer.algorithm] = algorithms.get(layer.algorithm, 0) + 1
        return {"macs": sum(layer.macs for layer in self.model.layers), "arena_bytes": self.model.arena_bytes(1),
                "algorithms": algorithms}


KEPT = 3  # products of one engine for one model: of the last compilers, or of several options


def product(engine: Engine, model: Path, again: bool = False):
    """The file that `engine` makes of a model and what making it cost, from the cache where it lies there already and
    not `again`."""
    model = engine.source(model)
    if not engine.ahead:
        return model, {}
    identity = f"{engine.name} {engine.key()} {model.resolve()} {model.stat().st_mtime_ns} {model.stat().st_size}"
    digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
    folder = wt.cache_folder("performance") / f"{model.stem}-{engine.name}-{digest}"
    record = folder / "made.json"
    if again or not record.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        made, result = engine.convert(model, folder)
        record.write_text(json.dumps({"file": made.name, "seconds": result.seconds, "peak_bytes": result.peak}))
        every = sorted(folder.parent.glob(f"{model.stem}-{engine.name}-" + "?" * len(digest)), key=os.path.getmtime)
        for stale in every[:-KEPT]:
            shutil.rmtree(stale, ignore_errors=True)
    made = json.loads(record.read_text())
    return folder / made["file"], made
