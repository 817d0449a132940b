#!/usr/bin/env python3
"""Runs the ONNX backend suite (of the PyPI package `onnx`) through winnowc and the C interface of what it compiles.

Every case is compiled to a shared library and run on the suite's inputs, with the suite's own tolerances. Inputs that
an op reads as a shape, axes, k or the like are bound with --fix-input where the plain compile says that it needs a
constant. A case is `unsupported` if winnowc declines it with a clear error, `failed` if anything else goes wrong.

usage: onnx_suite.py [--kind node|simple|real|pytorch-converted|pytorch-operator]... [--filter REGEX]
                     [--jobs N] [--write docs/conformance.md] [--json FILE] [--verbose] [--require-listed]
"""

import argparse
import collections
import json
import os
import re
import sys
import tempfile
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

warnings.filterwarnings("ignore")
import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests
from onnx.backend.test.runner import Runner

KINDS = ("real", "pytorch-converted", "pytorch-operator", "simple", "node")

# The ops that Winnow means to compile: what convolutional networks use.
LISTED = set("""
Conv ConvTranspose ConvInteger QLinearConv MaxPool AveragePool LpPool GlobalMaxPool GlobalAveragePool GlobalLpPool
MatMul Gemm MatMulInteger QLinearMatMul BatchNormalization InstanceNormalization GroupNormalization LayerNormalization
LRN Softmax LogSoftmax Hardmax Relu Clip LeakyRelu PRelu Elu Selu Celu Sigmoid HardSigmoid HardSwish Swish Gelu Mish
Softplus Softsign Tanh Erf ThresholdedRelu Shrink Add Sub Mul Div Pow Mod Min Max Mean Sum Neg Abs Sqrt Reciprocal Exp
Log Ceil Floor Round Sign Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh IsNaN IsInf Not And Or Xor Equal
Greater Less GreaterOrEqual LessOrEqual BitShift BitwiseAnd BitwiseOr BitwiseXor BitwiseNot ReduceSum ReduceMean
ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare ArgMax ArgMin Concat
Split Slice Pad Reshape Flatten Transpose Squeeze Unsqueeze Expand Tile Gather GatherElements GatherND Scatter
ScatterElements ScatterND Where Cast CastLike Resize Upsample DepthToSpace SpaceToDepth TopK NonMaxSuppression
GridSample RoiAlign Einsum QuantizeLinear DequantizeLinear DynamicQuantizeLinear Shape Size Range ConstantOfShape
Constant Identity Dropout
""".split())

# Element types in scope: f32, u8, i8, u16, i16, i32, i64, bool, f16, f64, u32, u64, bf16.
TYPES = {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 16}

# Which inputs an op reads when its result's shape is decided.
SHAPE_INPUTS = {"Reshape": (1,), "Expand": (1,), "Tile": (1,), "Slice": (1, 2, 3, 4), "Pad": (1, 3), "Squeeze": (1,),
                "Unsqueeze": (1,), "Split": (1,), "Resize": (1, 2, 3), "Upsample": (1,), "TopK": (1,),
                "ConstantOfShape": (0,), "Range": (0, 1, 2), "OneHot": (1,), "CumSum": (1,), "CumProd": (1,),
                "NonMaxSuppression": (2, 3, 4), "AffineGrid": (1,), "CenterCropPad": (1,), "MaxUnpool": (2,),
                "Dropout": (1, 2), "Col2Im": (1, 2), "Trilu": (1,), "DFT": (1, 2), "SplitToSequence": (1,),
                "ReduceSum": (1,), "ReduceMean": (1,), "ReduceMax": (1,), "ReduceMin": (1,), "ReduceProd": (1,),
                "ReduceL1": (1,), "ReduceL2": (1,), "ReduceLogSum": (1,), "ReduceLogSumExp": (1,),
                "ReduceSumSquare": (1,)}


class Case:
    """A case of the suite: its model and the data sets that belong to it."""

    def __init__(self, kind, test):
        self.kind, self.test = kind, test
        self.name = test.name if kind != "real" else test.name.replace("test_", "light_", 1)
        self.model, self.folder = test.model, test.model_dir
        if kind == "real":
            self.folder = None
            root = Path(onnx.__file__).parents[1]
            self.model = onnx.load(root / test.url)
        elif self.model is None:
            self.model = onnx.load(os.path.join(self.folder, "model.onnx"))
        self.ops = sorted({n.op_type for n in self.model.graph.node})
        self.listed = set(self.ops) <= LISTED and not self.is_out_of_scope()

    def is_out_of_scope(self):
        """True for training, foreign domains and element types that Winnow leaves alone (4-bit, 8-bit floats, text)."""
        infos = [i.type for i in (*self.model.graph.input, *self.model.graph.output)]
        types = {i.tensor_type.elem_type for i in infos if i.HasField("tensor_type")}
        attributes = [(n, a) for n in self.model.graph.node for a in n.attribute]
        types |= {a.i for n, a in attributes if n.op_type in ("Cast", "QuantizeLinear") and a.name in (
            "to", "output_dtype") and a.i}
        return (not types <= TYPES or not all(i.HasField("tensor_type") for i in infos)
                or any(n.domain not in ("", "ai.onnx") for n in self.model.graph.node)
                or any(a.name == "training_mode" and a.i for _, a in attributes) or "training_dropout" in self.name)

    def inputs(self):
        """Graph inputs that are not initializers."""
        initial = {i.name for i in self.model.graph.initializer}
        return [i for i in self.model.graph.input if i.name not in initial]

    def data_sets(self):
        """Pairs of inputs and expected outputs."""
        if self.kind == "real":
            feeds = [Runner.generate_dummy_data(i, seed=0, name=self.name, random=False) for i in self.inputs()]
            root = Path(onnx.__file__).parents[1]
            tensor = onnx.load_tensor(str(root / self.test.url).replace(".onnx", "_output_0.pb"))
            return [(feeds, [numpy_helper.to_array(tensor)])]
        if self.test.data_sets is not None:
            return self.test.data_sets
        result = []
        for folder in sorted(Path(self.folder).glob("test_data_set*")):
            read = [[self._load(folder / f"{what}_{i}.pb", info.type)
                     for i, info in enumerate(infos) if (folder / f"{what}_{i}.pb").exists()]
                    for what, infos in (("input", self.model.graph.input), ("output", self.model.graph.output))]
            result.append(tuple(read))
        return result

    @staticmethod
    def _load(path, kind):
        if not kind.HasField("tensor_type"):
            return "not a tensor"
        return numpy_helper.to_array(onnx.load_tensor(path))


def as_array(value):
    """The suite stores tensors as arrays, protos or (sequences, optionals) something else."""
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    return np.asarray(value) if isinstance(value, (np.ndarray, np.generic, int, float)) else value


def fixed_inputs(case, message):
    """Names of graph inputs to bind as constants: those that the error names, else those that ops read as shapes."""
    names = [i.name for i in case.inputs()]
    wanted = {n for node in case.model.graph.node for i in SHAPE_INPUTS.get(node.op_type, ())
              if i < len(node.input) and (n := node.input[i]) in names}
    for position in map(int, re.findall(r"expected input (\d+)", message)):
        wanted |= {node.input[position] for node in case.model.graph.node
                   if position < len(node.input) and node.input[position] in names}
    return wanted | {n for n in names if f"'{n}'" in message}


def compile_case(case, inputs, folder):
    """The library, the names of the inputs that were bound, or the error."""
    library, names, bound = os.path.join(folder, "model.so"), [i.name for i in case.inputs()], []
    result = wt.compile_model(case.model, library, timeout=100)
    for _ in range(3):
        if result.ok or not re.search(r"known when compiling|constant", result.message):
            break
        wanted = fixed_inputs(case, result.message)
        if not wanted - set(bound):  # what computes a shape is small
            wanted = {n for n, a in zip(names, inputs) if a.ndim == 0 or (a.size <= 16 and a.dtype.kind in "iu")}
        if not wanted - set(bound):
            break
        bound = [n for n in names if n in wanted or n in bound]
        options = []
        for name in bound:
            file = os.path.join(folder, f"fixed_{len(options)}.npy")
            np.save(file, inputs[names.index(name)])
            options.append(f"--fix-input={name}={file}")
        result = wt.compile_model(case.model, library, *options, timeout=100)
    return library, bound, result


def run_case(case):
    """What became of a case: {"result": passed|failed|unsupported, "reason": ...}."""
    with tempfile.TemporaryDirectory(prefix="winnow-suite-") as folder:
        bound_any, library = None, None
        for inputs, expected in case.data_sets():
            inputs, expected = [as_array(i) for i in inputs], [as_array(o) for o in expected]
            if not all(isinstance(a, np.ndarray) and a.dtype != object and a.dtype.kind not in "US"
                       for a in (*inputs, *expected)):
                return {"result": "unsupported", "reason": "inputs or outputs that are not numeric tensors"}
            if library is None or bound_any:
                library, bound_any, result = compile_case(case, inputs, folder)
                if result.crashed:
                    return {"result": "failed", "reason": "winnowc: " + result.error}
                if not result.ok:
                    known = "error:" in result.message
                    return {"result": "unsupported" if known else "failed", "reason": result.error}
            names = [i.name for i in case.inputs()]
            feeds = [a for n, a in zip(names, inputs) if n not in bound_any]
            outputs = wt.Model(library).run(*feeds)
            try:
                Runner.assert_similar_outputs(expected, outputs, case.test.rtol, case.test.atol)
            except AssertionError as error:
                text = " ".join(str(error).split())
                return {"result": "failed", "reason": "wrong result: " + text[:240]}
    return {"result": "passed", "reason": ""}


def load_cases(kinds, pattern):
    cases = []
    for kind in kinds:
        tests = sorted(load_model_tests(kind=kind), key=lambda t: t.name)
        cases += [Case(kind, t) for t in tests if re.search(pattern, t.name) or re.search(
            pattern, t.name.replace("test_", "light_", 1))]
    return cases


def outcome(result):
    if "result" in result:
        return result["result"], result["reason"]
    return "failed", result.get("raised") or f"the process died: {result['died']}"


def heading_op(case, by_name):
    """The op that a node test is about; a test of an expanded function belongs to the function's op."""
    base = by_name.get(re.sub(r"_expanded.*$", "", case.name), case)
    ops = base.ops
    return ops[0] if len(ops) == 1 else "(several)"


def generic(reason):
    """A reason without what differs from case to case."""
    reason = re.sub(r"^.*?error: ", "", reason)
    reason = re.sub(r"\bnode '[^']*'", "node", reason)
    reason = re.sub(r"/\S+", "FILE", reason)
    return reason[:110]


def report(cases, results):
    """The tables, as Markdown."""
    by_name = {c.name: c for c in cases}
    counts = collections.defaultdict(collections.Counter)
    per_op = collections.defaultdict(collections.Counter)
    for case in cases:
        result = results[case.name, case.kind][0]
        counts[case.kind][result] += 1
        counts[case.kind + ", listed ops"][result] += case.listed
        if case.kind == "node":
            per_op[heading_op(case, by_name)][result] += 1
    lines = ["## Totals", ""]
    kinds = [k for kind in KINDS for k in (kind, kind + ", listed ops") if counts[k].total()]
    columns = ("passed", "failed", "unsupported")
    lines += [wt.table([[k, *(counts[k][c] for c in columns)] for k in kinds], ["cases", *columns]), ""]
    bad = [(c.name, *results[c.name, c.kind]) for c in cases if results[c.name, c.kind][0] == "failed"]
    missing = [(c.name, *results[c.name, c.kind]) for c in cases
               if c.listed and results[c.name, c.kind][0] == "unsupported"]
    for title, rows in (("Failed", bad), ("Unsupported although all their ops are listed", missing)):
        lines += [f"## {title}", ""]
        lines += [f"- `{name}`: {one_line(reason)}" for name, _, reason in rows] or ["None."]
        lines.append("")
    if per_op:
        lines += ["## Node tests by op", ""]
        lines += [wt.table([[op, *(per_op[op][c] for c in columns)] for op in sorted(per_op)], ["op", *columns]), ""]
    reasons = collections.Counter(generic(r[1]) for r in results.values() if r[0] == "unsupported")
    lines += ["## Why cases are unsupported", ""]
    lines += [wt.table([[n, r] for r, n in reasons.most_common(60)], ["cases", "reason"]), ""]
    return "\n".join(lines)


def one_line(reason):
    return re.sub(r"/tmp/\S*?/([\w.]+)", r"\1", " ".join(reason.split()))[:300]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--filter", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--write", metavar="FILE.md")
    parser.add_argument("--json", metavar="FILE.json")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--require-listed", action="store_true",
                        help="fail unless all light_*, pytorch-converted and pytorch-operator cases of listed ops pass")
    arguments = parser.parse_args()
    cases, results = load_cases(arguments.kind or KINDS, arguments.filter), {}
    for case, result in wt.isolated(cases, run_case, arguments.jobs, timeout=300):
        results[case.name, case.kind] = outcome(result)
        what, reason = results[case.name, case.kind]
        if arguments.verbose or sys.stderr.isatty():
            print(f"[{len(results)}/{len(cases)}] {what}: {case.kind} {case.name} {one_line(reason)}", file=sys.stderr)
    text = report(cases, results)
    print(text)
    if arguments.json:
        rows = [{"kind": c.kind, "name": c.name, "ops": c.ops, "listed": c.listed, "result": results[c.name, c.kind][0],
                 "reason": results[c.name, c.kind][1]} for c in cases]
        Path(arguments.json).write_text(json.dumps(rows, indent=1))
    if arguments.write:
        head = (f"# Conformance\n\nThe backend suite of the PyPI package `onnx` {onnx.__version__}, each case compiled by "
                "`winnowc` and run through the C\ninterface with the suite's tolerances. This page is written by "
                "`test/Acceptance/onnx_suite.py --write docs/conformance.md`.\n\n")
        Path(arguments.write).write_text(head + text)
    required = [c for c in cases if c.listed and c.kind in ("real", "pytorch-converted", "pytorch-operator")]
    missed = [c.name for c in required if results[c.name, c.kind][0] != "passed"]
    failed = sum(r[0] == "failed" for r in results.values())
    print(f"{len(results)} cases, {failed} failed; {len(required) - len(missed)} of {len(required)} required passed")
    sys.exit(bool(missed) if arguments.require_listed else failed > 0)


if __name__ == "__main__":
    main()
