#!/usr/bin/env python3
"""Generated numeric tests: random small networks of one op family each, compiled and compared with a reference.

Each case draws a shape, strides, pads, dilations, groups, batch and the like from a seeded generator; a few cases that
are independent of one another share a model, so that the compiler is started less often. The expectation comes from
the ONNX reference evaluator and from ONNX Runtime; where these two differ (each has its own corners), agreeing with either
will do. A case that neither can run is left out and counted.

usage: grid.py FAMILY... [--cases N] [--seed N] [--jobs N] [--options "..."] [--only CASE]
       grid.py --list
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import exported_models
import winnow_testing as wt

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import families  # noqa: F401 (they enter the registry)
import network_families  # noqa: F401
import sequence_families  # noqa: F401
from cases import FAMILIES

OPSET = 19
GROUP = 6


def rename(node, renamed):
    """Gives a node's names a prefix, also those of its bodies."""
    node.input[:], node.output[:] = renamed(node.input), renamed(node.output)
    for attribute in node.attribute:
        for info in (*attribute.g.input, *attribute.g.output, *attribute.g.initializer):
            info.name = renamed([info.name])[0]
        for inner in attribute.g.node:
            rename(inner, renamed)


def build(cases, batch_names):
    """One model of several cases. Their first input's first extent is named where the batch is to be dynamic."""
    nodes, inputs, outputs, constants = [], [], [], []
    for index, case in enumerate(cases):
        prefix = f"c{index}_"
        renamed = lambda names: [prefix + n if n else "" for n in names]
        for node in case.nodes:
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            rename(copy, renamed)
            copy.name = prefix + node.op_type + "_" + node.output[0]
            nodes.append(copy)
        for name, array in case.inputs.items():
            shape = list(array.shape)
            if batch_names and case.batched and shape:
                shape[0] = "batch"
            kind = helper.np_dtype_to_tensor_dtype(array.dtype)
            inputs.append(helper.make_tensor_value_info(prefix + name, kind, shape))
        constants += [numpy_helper.from_array(a, prefix + n) for n, a in case.constants.items()]
        outputs += [onnx.helper.make_empty_tensor_value_info(prefix + n) for n in case.outputs]
    graph = helper.make_graph(nodes, "grid", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 9
    model = onnx.shape_inference.infer_shapes(model)
    inferred = {v.name: v for v in model.graph.value_info}
    for i, output in enumerate(model.graph.output):
        if not output.type.tensor_type.elem_type and output.name in inferred:
            model.graph.output[i].CopyFrom(inferred[output.name])
    return model


def feeds_of(cases):
    return {f"c{i}_{n}": a for i, c in enumerate(cases) for n, a in c.inputs.items()}


def expectations(cases, model):
    """Per output: what the references say, one or two arrays. A reference that cannot run the model (both have their
    gaps) says nothing."""
    feeds, opinions = feeds_of(cases), []
    for run in (lambda: ReferenceEvaluator(model).run(None, feeds), lambda: wt.ort_session(model).run(None, feeds)):
        try:
            opinions.append(run())
        except Exception as error:
            reason = " ".join(str(error).split())
    if not opinions:
        raise wt.WinnowError(f"no reference runs it: {reason[:200]}")
    return list(zip(*opinions))


def difference(actual, expected, tolerance):
    """What is wrong with `actual`, or an empty string."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        return f"expected {expected.dtype}{list(expected.shape)}, got {actual.dtype}{list(actual.shape)}"
    if expected.dtype.kind not in "fV":
        wrong = actual != expected
        if expected.dtype.kind in "iu" and tolerance >= 1:
            wrong = np.abs(actual.astype(np.int64) - expected.astype(np.int64)) > tolerance
        return f"{int(wrong.sum())} of {wrong.size} elements differ" if wrong.any() else ""
    a, e = actual.astype(np.float64), expected.astype(np.float64)
    finite = np.isfinite(e)
    if not np.array_equal(np.nan_to_num(a[~finite]), np.nan_to_num(e[~finite])) or not np.isfinite(a[finite]).all():
        return "infinities or NaNs differ"
    if not finite.any():
        return ""
    error = np.abs(a[finite] - e[finite]).max() / max(np.abs(e[finite]).max(), 1e-3)
    return f"error {error:.1e} of the scale" if error > tolerance else ""


def backwards(count, body):
    """A parallel loop without threads that takes the last part first."""
    for part in reversed(range(count)):
        body(part)


def run(model, feeds, arguments):
    """The outputs of a model; with --parts those of work cut into parts, which must be the same to the last bit."""
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        if arguments.export:
            return exported_models.run(exported_models.export(model, folder, *arguments.options.split()), feeds)
        library = os.path.join(folder, "model.so")
        result = wt.compile_model(model, library, *arguments.options.split())
        if not result.ok:
            raise wt.WinnowError(result.error)
        outputs = wt.Model(library).run(named=feeds) if feeds else wt.Model(library).run()
        if arguments.parts:
            divided = wt.Model(library, threads=arguments.parts, parallel_for=backwards)
            parts = divided.run(named=feeds) if feeds else divided.run()
            if any(np.asarray(a).tobytes() != np.asarray(b).tobytes() for a, b in zip(outputs, parts)):
                raise wt.WinnowError(f"{divided.threads} parts give other results than one")
    return outputs


def run_group(group, arguments):
    """Results of a group: a list of [name, problem]; an empty problem is a pass, None is left out."""
    cases, dynamic = group
    try:
        model = build(cases, dynamic)
        expected = expectations(cases, model)
    except Exception:
        if len(cases) > 1:
            return [r for c in cases for r in run_group(([c], dynamic), arguments)]
        return [[cases[0].name, None]]
    try:
        actual = run(model, feeds_of(cases), arguments)
    except wt.WinnowError as error:
        if len(cases) > 1:
            return [r for c in cases for r in run_group(([c], dynamic), arguments)]
        return [[cases[0].name, " ".join(str(error).split())[:300]]]
    results, position = [], 0
    for case in cases:
        problem = ""
        for _ in case.outputs:
            found = [difference(actual[position], e, case.tolerance) for e in expected[position]]
            problem = problem or ("" if "" in found else found[0])
            position += 1
        results.append([case.name, problem])
    return results


def groups_of(family, count, seed):
    """The cases of a family in groups; every third group has a dynamic batch where its cases allow it."""
    cases = [FAMILIES[family](np.random.default_rng([seed, i, sum(family.encode())])) for i in range(count)]
    for i, case in enumerate(cases):
        case.name = f"{family} #{i} {case.name}"
    batched, fixed = [c for c in cases if c.batched], [c for c in cases if not c.batched]
    by_batch = {}
    for case in batched:
        by_batch.setdefault(next(iter(case.inputs.values())).shape[0], []).append(case)
    groups = [(fixed[i:i + GROUP], False) for i in range(0, len(fixed), GROUP)]
    for same in by_batch.values():
        groups += [(same[i:i + GROUP], (i // GROUP) % 3 == 0) for i in range(0, len(same), GROUP)]
    return groups


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("families", nargs="*", choices=[[], *FAMILIES], metavar="FAMILY")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--cases", type=int, default=24, help="of each family")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--options", default="", help="more options for winnowc")
    parser.add_argument("--parts", type=int, default=0, help="cut the work of a run into so many parts, too")
    parser.add_argument("--export", action="store_true", help="export the models, and run what that gives elsewhere")
    parser.add_argument("--only", help="a part of a case's name")
    parser.add_argument("--save", metavar="DIR", help="write the models here, compile nothing")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(FAMILIES))
        return
    groups = [g for f in arguments.families or FAMILIES for g in groups_of(f, arguments.cases, arguments.seed)]
    if arguments.only:
        groups = [([c], d) for cases, d in groups for c in cases if arguments.only in c.name]
    if arguments.save:
        for cases, dynamic in groups:
            name = "_".join(cases[0].name.split()[:2]).replace("#", "")
            onnx.save(build(cases, dynamic), os.path.join(arguments.save, f"{name}.onnx"))
        return
    passed = failed = left_out = 0
    for (cases, dynamic), result in wt.isolated(groups, lambda g: run_group(g, arguments), arguments.jobs, 300):
        if isinstance(result, dict) and len(cases) > 1:  # someone in the group killed it: find out who
            singles = [([c], dynamic) for c in cases]
            parts = wt.isolated(singles, lambda g: run_group(g, arguments), arguments.jobs, 300)
            result = [r[0] if isinstance(r, list) else [g[0][0].name, str(r)] for g, r in parts]
        elif isinstance(result, dict):
            result = [[cases[0].name, str(result)]]
        for name, problem in result:
            passed, left_out = passed + (problem == ""), left_out + (problem is None)
            failed += bool(problem)
            if problem:
                print(f"FAILED {name}{' (dynamic batch)' if dynamic else ''}: {problem}")
    print(f"{passed} cases passed, {failed} failed, {left_out} left out")
    sys.exit(failed > 0 or passed == 0)


if __name__ == "__main__":
    main()
