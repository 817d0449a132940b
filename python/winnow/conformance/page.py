"""The page about conformance: what passes, op by op, and why the rest is refused."""

from __future__ import annotations

import collections
import re
from typing import Counter, Dict, Iterable, List, Mapping, Sequence, Tuple

import onnx

from winnow.conformance.cases import KINDS, Case
from winnow.conformance.run import Result
from winnow.text import table

Results = Mapping[Tuple[str, str], Result]

_OUTCOMES = ("passed", "failed", "skipped")
_COLUMNS = ("passed", "failed", "unsupported")
# How many reasons the last table shows.
_REASONS = 60


def write_page(cases: Sequence[Case], results: Results) -> str:
    """The whole page, as Markdown."""
    head = (f"# Conformance\n\nThe backend suite of the PyPI package `onnx` {onnx.__version__}, each case compiled and run "
            "through `winnow.onnx_backend` with the\nsuite's tolerances. *Unsupported* cases are refused with an error that "
            "names the operator, the node or the input; their\nreasons are at the end. This page is written by "
            "`python3 -m winnow.conformance --write docs/conformance.md`.\n\n")
    return head + write_tables(cases, results)


def write_tables(cases: Sequence[Case], results: Results) -> str:
    """All tables."""
    parts = [_totals(cases, results)]
    outcome = {(c.kind, c.name): results[c.kind, c.name].outcome for c in cases}
    parts.append(_list("Failed", [c for c in cases if outcome[c.kind, c.name] == "failed"], results))
    parts.append(_list("Unsupported although all their ops are listed",
                       [c for c in cases if c.listed and outcome[c.kind, c.name] == "skipped"], results))
    nodes = [c for c in cases if c.kind == "node"]
    if nodes:
        parts.append("## Node tests by op\n\nOpsets are the versions of the operator set that cases ask for; types those of "
                     "the inputs and outputs of cases that pass.\n\n" + _by_op(nodes, results))
    reasons = collections.Counter(generic(r.reason) for r in results.values() if r.outcome == "skipped")
    parts.append("## Why cases are unsupported\n\n" + (
        table([[n, cell(r)] for r, n in reasons.most_common(_REASONS)], ["cases", "reason"]) if reasons else "None are."))
    return "\n\n".join(parts) + "\n"


def _totals(cases: Sequence[Case], results: Results) -> str:
    counts: Dict[str, Counter[str]] = collections.defaultdict(collections.Counter)
    for case in cases:
        outcome = results[case.kind, case.name].outcome
        counts[case.kind][outcome] += 1
        counts[case.kind + ", listed ops"][outcome] += case.listed
    kinds = [k for kind in KINDS for k in (kind, kind + ", listed ops") if counts[k].total()]
    return "## Totals\n\n" + table([[k, *(counts[k][o] for o in _OUTCOMES)] for k in kinds], ["cases", *_COLUMNS])


def _list(title: str, cases: Sequence[Case], results: Results) -> str:
    lines = [f"- `{c.name}`: {results[c.kind, c.name].reason}" for c in cases] or ["None."]
    return f"## {title}\n\n" + "\n".join(lines)


def _by_op(cases: Sequence[Case], results: Results) -> str:
    by_name, groups = {c.name: c for c in cases}, collections.defaultdict(list)
    for case in cases:
        groups[heading_op(case, by_name)].append(case)
    rows: List[List[str]] = []
    for op in sorted(groups):
        of_op = [(c, results[c.kind, c.name]) for c in groups[op]]
        counts = collections.Counter(r.outcome for _, r in of_op)
        passing = [c for c, r in of_op if r.outcome == "passed"]
        reasons = collections.Counter(generic(r.reason) for _, r in of_op if r.outcome == "skipped")
        rows.append([op, span({c.opset for c, _ in of_op}), " ".join(sorted({t for c in passing for t in c.element_types()})),
                     *(str(counts[o]) for o in _OUTCOMES),
                     cell("; ".join(f"{reason} ({n})" for reason, n in reasons.most_common(2)))])
    return table(rows, ["op", "opsets", "types", *_COLUMNS, "why unsupported"])


def heading_op(case: Case, by_name: Mapping[str, Case]) -> str:
    """The op that a node test is about; a test of an expanded function belongs to the function's op."""
    ops = by_name.get(re.sub(r"_expanded.*$", "", case.name), case).ops
    return ops[0] if len(ops) == 1 else "(several)"


def span(versions: Iterable[int]) -> str:
    """Versions, from the oldest to the newest."""
    known = sorted(set(versions) - {0})
    if not known:
        return "-"
    return str(known[0]) if len(known) == 1 else f"{known[0]} to {known[-1]}"


def generic(reason: str) -> str:
    """A reason without what differs from case to case."""
    reason = re.sub(r"^.*?error: ", "", reason)
    reason = re.sub(r"^\S+\.onnx: ", "", reason)
    reason = re.sub(r"\bnode '[^']*'", "node", reason)
    reason = re.sub(r" \(operator set \d+\)| \(\d+ nodes?, first '[^']*'\)", "", reason)
    return reason[:110]


def cell(text: str) -> str:
    """Text that does not break a table."""
    return text.replace("|", "\\|")
