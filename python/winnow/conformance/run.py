"""Runs cases of the suite through winnow.onnx_backend, each in a process of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional, Sequence, Tuple

import numpy as np
from onnx.backend.test.runner import Runner

from winnow import onnx_backend
from winnow.conformance.cases import Case
from winnow.errors import CompileError
from winnow.isolation import isolated

#: Seconds that a case may take.
TIME_LIMIT = 300

# What a message must have in it to be a refusal that names what it refuses.
_NAMED = re.compile(r"unsupported operator|operator set|(?:node|input|output|initializer) '")


@dataclass(frozen=True)
class Result:
    """What became of a case: `passed`, `failed` or `skipped`, which is: refused, by name, with `reason`."""
    outcome: str
    reason: str = ""


def run_case(case: Case) -> Result:
    """Compiles and runs a case and compares with the suite's tolerances. Anything but a right result or a clear refusal
    is a failure."""
    prepared: Optional[onnx_backend.WinnowRep] = None
    try:
        prepared = onnx_backend.prepare(case.model)
        for inputs, expected in case.data_sets():
            outputs = prepared.run([_numeric(i, "input") for i in inputs])
            expected = [_numeric(o, "output") for o in expected]
            Runner.assert_similar_outputs(expected, outputs, case.test.rtol, case.test.atol)
    except CompileError as error:
        return Result("skipped" if _NAMED.search(str(error)) else "failed", str(error))
    except AssertionError as error:
        return Result("failed", "wrong result: " + str(error))
    return Result("passed")


def _numeric(value: Any, what: str) -> np.ndarray:
    """A tensor of numbers; a model that takes anything else should have been refused."""
    if not isinstance(value, np.ndarray) or value.dtype == object or value.dtype.kind in "US":
        raise TypeError(f"the model was not refused, but has an {what} that is no tensor of numbers: {type(value)}")
    return value


def _work(case: Case) -> Dict[str, str]:
    result = run_case(case)
    return {"outcome": result.outcome, "reason": result.reason}


def run_cases(cases: Sequence[Case], jobs: int,
              progress: Callable[[int, Case, Result], None] = lambda *_: None) -> Dict[Tuple[str, str], Result]:
    """Results by kind and name; `progress` is told of each case as it ends, and how many have."""
    results: Dict[Tuple[str, str], Result] = {}
    for case, answer in isolated(cases, _work, jobs, TIME_LIMIT):
        result = Result(answer["outcome"], one_line(answer["reason"])) if "outcome" in answer else Result(
            "failed", one_line(answer.get("raised") or f"the process died: {answer['died']}"))
        results[case.kind, case.name] = result
        progress(len(results), case, result)
    return results


def one_line(reason: str) -> str:
    """A reason without line breaks and without the folders of files, of bounded length."""
    return re.sub(r"/\S*?/([\w.]+)", r"\1", " ".join(reason.split()))[:300]
