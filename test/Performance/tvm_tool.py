#!/usr/bin/env python3
"""What TVM does ahead of time: tunes the operators of a network, and builds it from what tuning found.

    tvm_tool.py tune --models FOLDER [--filter REGEX] [--trials N] [--seconds S] [--avx2]

Tuning takes minutes a network, so that it is a step of its own: networks.py measures those that were tuned. What is
found is kept beside the other products of the benchmark, and more time, or a second call, finds more.

Each network is handled by a process of its own, which a limit ends; what it had found by then is kept.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from engines import random_inputs, wt

# What TVM would load for nothing: a package that another engine's converter brought along, and instructions of GPUs,
# which take it half a minute to parse.
sys.modules["torch"] = None
for _gpu in ("cuda", "rocm", "metal"):
    sys.modules[f"tvm.s_tir.tensor_intrin.{_gpu}"] = types.ModuleType(_gpu)

# An operator with fewer operations is not worth a trial.
LEAST_OPERATIONS = 1e5


def records_of(model: Path, avx2: bool) -> Path:
    """The folder with what tuning found for a network."""
    return wt.cache_folder("performance") / f"{model.stem}-tvm-records{'-avx2' if avx2 else ''}"


def is_tuned(folder: Path) -> bool:
    records = folder / "database_tuning_record.json"
    return records.exists() and records.stat().st_size > 0


def _target(avx2):
    import tvm
    host = tvm.get_global_func("tvm.codegen.llvm.GetHostCPUName")()
    return tvm.target.Target({"kind": "llvm", "mcpu": "haswell" if avx2 else host, "num-cores": os.cpu_count()})


def _import(model, target):
    """The network as fused operators, weights as arguments whose layout tuning may choose; and the weights."""
    import onnx
    import tvm
    from tvm import relax
    from tvm.relax.frontend.onnx import from_onnx
    shapes = {name: list(array.shape) for name, array in random_inputs(model).items()}
    module = from_onnx(onnx.load(model), shapes, keep_params_in_input=True)
    module, weights = relax.frontend.detach_params(module)
    with target:
        module = tvm.transform.Sequential([
            relax.transform.DecomposeOpsForInference(), relax.transform.CanonicalizeBindings(),
            relax.get_pipeline("zero"), relax.transform.AttachAttrLayoutFreeBuffers()])(module)
    return module, weights["main"]


def _measurer():
    """Builds and times candidates in this process: TVM's own builder and runner start interpreters of their own, which
    take longer than they are given on a small machine. A candidate that crashes ends this process, whose records stay.
    """
    import tvm
    from tvm.s_tir import meta_schedule as ms
    from tvm.ir.utils import derived_object
    from tvm.s_tir.meta_schedule.builder.local_builder import default_build
    from tvm.s_tir.meta_schedule.runner.local_runner import LocalRunnerFuture, default_alloc_argument
    built = []

    @derived_object
    class Builder(ms.builder.PyBuilder):
        def build(self, build_inputs):
            results = []
            for candidate in build_inputs:
                try:
                    built.append(default_build(candidate.mod, candidate.target, None))
                    results.append(ms.builder.BuilderResult(str(len(built) - 1), None))
                except Exception as error:  # an illegal schedule: the search goes on
                    results.append(ms.builder.BuilderResult(None, str(error)))
            return results

    @derived_object
    class Runner(ms.runner.PyRunner):
        def run(self, runner_inputs):
            return [self.time(given) for given in runner_inputs]

        def time(self, given):
            try:
                module, device = built[int(given.artifact_path)], tvm.cpu()
                built[int(given.artifact_path)] = None
                shapes = [info.as_json() for info in given.args_info]
                arguments, = default_alloc_argument(device, shapes, 1)
                timer = module.time_evaluator(module.entry_name, device, number=1, repeat=3)
                return LocalRunnerFuture([float(cost) for cost in timer(*arguments).results], None)
            except Exception as error:
                return LocalRunnerFuture(None, str(error))

    return Builder(), Runner()


def tune(model: Path, folder: Path, trials: int, avx2: bool):
    """Tries `trials` schedules of each large operator that has no record yet."""
    from tvm.s_tir import meta_schedule as ms
    from tvm.s_tir.analysis import estimate_tir_flops
    target = _target(avx2)
    module, _ = _import(model, target)
    folder.mkdir(parents=True, exist_ok=True)
    database = ms.database.JSONDatabase(work_dir=str(folder))
    builder, runner = _measurer()
    callbacks = [ms.measure_callback.AddToDatabase(), ms.measure_callback.UpdateCostModel()]
    with target:
        tasks = [task for task in ms.relax_integration.extract_tasks(module, target)
                 if estimate_tir_flops(task.dispatched[0]) >= LEAST_OPERATIONS
                 and not database.query_tuning_record(task.dispatched[0], target, task.task_name)]
        # With so few trials, evolving candidates would take longer than trying them.
        search = ms.search_strategy.ReplayTrace()
        for task in sorted(tasks, key=lambda task: -estimate_tir_flops(task.dispatched[0])):
            contexts, weights = ms.relax_integration.extracted_tasks_to_tune_contexts(
                [task], str(folder), strategy=search, num_threads=os.cpu_count(), seed=1)
            ms.tune.tune_tasks(tasks=contexts, task_weights=weights, work_dir=str(folder), database=database,
                               builder=builder, runner=runner, measure_callbacks=callbacks,
                               max_trials_global=trials, max_trials_per_task=trials, num_trials_per_iter=trials)


def build(model: Path, folder: Path, output: Path, avx2: bool):
    """Compiles with the records of `folder` to the library `output`; the transformed weights lie beside it."""
    import numpy as np
    import tvm
    from tvm import relax
    target = _target(avx2)
    module, weights = _import(model, target)
    with target:
        module = tvm.transform.Sequential([
            relax.transform.MetaScheduleApplyDatabase(str(folder)), relax.transform.SplitLayoutRewritePreproc(),
            relax.transform.LiftTransformParams(), relax.transform.FoldConstant()])(module)
        executable = tvm.compile(module, target)
    executable.export_library(str(output))
    machine = relax.VirtualMachine(executable, tvm.cpu())
    packed = machine["main_transform_params"](list(weights))
    np.savez(output.with_suffix(".npz"), *[array.numpy() for array in packed])


def tune_all(arguments):
    """Tunes each network in a process of its own, for as long as it may take; exit status 1 where one found nothing."""
    import zoo
    failed = False
    for network in zoo.find(arguments.models, arguments.zoo, lambda name: re.search(arguments.filter, name)):
        folder = records_of(network.path, arguments.avx2)
        command = [sys.executable, __file__, "tune-one", str(network.path), str(folder), str(arguments.trials),
                   str(int(arguments.avx2))]
        start = time.monotonic()
        try:
            log = subprocess.run(command, timeout=arguments.seconds, capture_output=True, text=True)
            ended = "all operators" if log.returncode == 0 else (log.stderr.strip().splitlines() or ["it crashed"])[-1]
        except subprocess.TimeoutExpired:
            ended = "the limit was reached"
        records = folder / "database_tuning_record.json"
        for stale in folder.parent.glob(f"{network.path.stem}-tvm-" + "?" * 16):
            shutil.rmtree(stale)  # built from fewer records
        count = len(records.read_text().splitlines()) if is_tuned(folder) else 0
        print(f"{network.name}: {count} records after {time.monotonic() - start:.0f} s: {ended}", flush=True)
        failed |= count == 0
    sys.exit(failed)


def main():
    if sys.argv[1:2] == ["tune-one"]:
        model, folder, trials, avx2 = sys.argv[2:]
        return tune(Path(model), Path(folder), int(trials), bool(int(avx2)))
    if sys.argv[1:2] == ["build"]:
        model, folder, output, avx2 = sys.argv[2:]
        return build(Path(model), Path(folder), Path(output), bool(int(avx2)))
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("do", choices=["tune"])
    parser.add_argument("--models", help="a folder of .onnx files, or one; default: the network in test/Models")
    parser.add_argument("--zoo", help="a folder of graphs without weights with materialize.py, which fills them")
    parser.add_argument("--filter", default="", help="only networks whose name this regular expression finds")
    parser.add_argument("--trials", type=int, default=16, help="schedules to try of each operator")
    parser.add_argument("--seconds", type=float, default=600, help="the most that a network may take")
    parser.add_argument("--avx2", action="store_true", help="for Haswell")
    tune_all(parser.parse_args())


if __name__ == "__main__":
    main()
