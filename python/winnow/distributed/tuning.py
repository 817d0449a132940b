"""Autotuning, spread over workers: each times the algorithms of some of a model's convolutions."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Dict, Optional, Union

from winnow.compiler import CompileOptions, ModelSource, compile_file
from winnow.distributed.pool import ordered_map
from winnow.errors import WinnowError
from winnow.text import ProgressBar

# Of the file that keeps measured times.
_VERSION = 1


class _Tuner:
    """Times the algorithms of every `parts`-th convolution of a model."""

    def __init__(self, model: bytes, known: str, options: CompileOptions, parts: int):
        self._model, self._known, self._options, self._parts = model, known, options, parts

    def __call__(self, part: int) -> Dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
            cache = os.path.join(folder, "times.json")
            Path(cache).write_text(self._known)
            options = dataclasses.replace(self._options, autotune=True, tuning_cache=cache, compile_to="algorithm",
                                          tune_part=(part, self._parts), report="", remarks="")
            compile_file(self._model, os.path.join(folder, "model.mlir"), options=options, progress=False)
            return json.loads(Path(cache).read_text())["problems"]


def autotune(model: ModelSource, tuning_cache: Union[str, os.PathLike], *, workers: int = 0, parts: Optional[int] = None,
             options: Optional[CompileOptions] = None, progress: Optional[bool] = None) -> int:
    """Measures what `winnow.compile(model, autotune=True)` would measure, with the work spread over workers of Ray, and adds
    it to a tuning cache (JSON) with which a compilation needs no measuring. Returns how many convolutions were timed.

    The distinct convolutions are dealt out in `parts` (default: four a worker); the part of a worker that dies is measured
    again. Workers are handed as many processors as a run has threads, so that they do not disturb one another; the machines
    must be alike, since times are taken where the worker runs.
    """
    chosen, path = options or CompileOptions(), Path(tuning_cache)
    known = path.read_text() if path.exists() else json.dumps({"version": _VERSION, "problems": {}})
    problems: Dict[str, Any] = _problems(known, str(path))
    before, count, bar = len(problems), parts or max(1, 4 * workers), ProgressBar("autotune", progress)
    data = _bytes_of(model)
    # Times are those of a run with this many threads: workers must agree on it.
    threads = chosen.threads or os.cpu_count() or 1
    chosen = dataclasses.replace(chosen, threads=threads)
    try:
        for found in ordered_map(lambda: _Tuner(data, known, chosen, count), list(range(count)), workers, threads,
                                 lambda done, of: bar("", done - 1, of)):
            problems.update(found)
    finally:
        bar.close()
    text = json.dumps({"version": _VERSION, "problems": dict(sorted(problems.items()))}, indent=2) + "\n"
    with tempfile.NamedTemporaryFile("w", dir=path.absolute().parent, delete=False) as file:
        file.write(text)
    os.replace(file.name, path)
    return len(problems) - before


def _problems(text: str, path: str) -> Dict[str, Any]:
    try:
        root = json.loads(text)
        if root["version"] != _VERSION:
            raise KeyError("version")
        return root["problems"]
    except (ValueError, KeyError, TypeError) as error:
        raise WinnowError(f"'{path}': is no tuning cache of version {_VERSION}: {error}") from error


def _bytes_of(model: ModelSource) -> bytes:
    """A model that can be sent: its file's bytes. External data would stay behind, and is told of when it is missing."""
    if isinstance(model, (str, os.PathLike)):
        if not os.fspath(model).endswith(".onnx"):
            raise WinnowError(f"{os.fspath(model)}: expected an .onnx model")
        return Path(model).read_bytes()
    return model.SerializeToString() if hasattr(model, "SerializeToString") else bytes(model)
