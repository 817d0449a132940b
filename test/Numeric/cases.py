"""What a case of the numeric grid is, the registry of families, and what they draw from a seeded generator."""

from dataclasses import dataclass, field

import numpy as np
from onnx import helper

EXACT = 0.0
CLOSE = 2e-5     # of the scale: float32 sums of a few hundred products
LOOSE = 2e-2     # float16


@dataclass
class Case:
    """A small graph. `batched` says that the first extent of all inputs is a batch that may be dynamic."""
    name: str
    nodes: list
    inputs: dict
    constants: dict = field(default_factory=dict)
    outputs: tuple = ("y",)
    tolerance: float = CLOSE
    batched: bool = False


FAMILIES = {}


def family(function):
    FAMILIES[function.__name__] = function
    return function


def pick(random, *choices):
    return choices[int(random.integers(len(choices)))]


def floats(random, *shape, dtype=np.float32):
    return random.standard_normal(shape).astype(dtype)


def node(op, inputs, outputs=("y",), **attributes):
    return helper.make_node(op, list(inputs), list(outputs), **attributes)


def sizes(random, rank, low, high):
    return [int(v) for v in random.integers(low, high + 1, rank)]
