"""Autotuning spread over two workers measures what one process measures, and a compilation takes the times from the file.

usage: distributed_tune.py MODEL.onnx FOLDER [WORKERS]
"""

import json
import sys
from pathlib import Path

import winnow
from winnow.distributed import autotune

MODEL, FOLDER = sys.argv[1], Path(sys.argv[2])
WORKERS = int(sys.argv[3]) if len(sys.argv) > 3 else 0
FOLDER.mkdir(parents=True, exist_ok=True)
OPTIONS = winnow.CompileOptions(threads=1)


def problems(path):
    return json.loads(path.read_text())["problems"]


here, spread = FOLDER / "here.json", FOLDER / "spread.json"
spread.unlink(missing_ok=True)
winnow.compile(MODEL, options=OPTIONS, autotune=True, tuning_cache=here, progress=False)
timed = autotune(MODEL, spread, workers=WORKERS, parts=3, options=OPTIONS)
assert timed == len(problems(spread)) > 1, f"{timed} convolutions timed"
assert problems(spread).keys() == problems(here).keys()
for problem, times in problems(spread).items():
    assert times.keys() == problems(here)[problem].keys() and all(t > 0 for t in times.values()), problem

# What is known is not measured again, and the file is as a compilation writes it.
before = spread.read_text()
assert autotune(MODEL, spread, parts=2, options=OPTIONS) == 0 and spread.read_text() == before
model = winnow.compile(MODEL, options=OPTIONS, tuning_cache=spread)
chosen = {layer.name: layer.algorithm for layer in model.layers if layer.op == "convolution"}
print(f"{timed} convolutions timed by {WORKERS or 'no'} workers; chosen: {chosen}")
