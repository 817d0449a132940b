"""The networks of the benchmark, what is asked of each, and where their files come from."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

# The most that our least time may be, over that of the best peer in 32-bit floats. None: no figure of its own, so that
# it only must not lose.
TARGETS = {
    "alexnet": 0.92, "vgg16": 0.58, "googlenet": 0.78, "inception_v3": 0.78, "resnet18": 0.60, "resnet50": 0.83,
    "resnet50_bn": 0.83, "resnext50_32x4d": 0.75, "densenet121": 0.72, "squeezenet1_1": 0.72, "mobilenet_v1": 0.90,
    "mobilenet_v2": 0.82, "mobilenet_v3_small": 0.75, "mnasnet1_0": 0.82, "shufflenet_v2_x1_0": 0.75,
    "efficientnet_b0": 0.75, "regnet_y_400mf": 0.82, "lenet5": 0.50, "resnet18_dynbatch": None,
    "shufflenet_v2_x1_0_dynbatch": None,
}
TARGET_OF_MEAN = 0.75
QUICK = ("squeezenet1_1", "mobilenet_v2", "lenet5")

# Outputs differ from ONNX Runtime's by at most this, in units of the output's standard deviation.
TOLERANCE = 2e-3


@dataclass(frozen=True)
class Network:
    name: str
    path: Path

    @property
    def target(self):
        return TARGETS.get(self.name)


def _materialized(scripts: Path, name: str) -> Path:
    """A graph without weights, filled by the script that lies beside it; made once."""
    path = wt.cache_folder("zoo") / f"{name}.onnx"
    if not path.exists():
        partial = path.with_suffix(".partial")
        subprocess.run([sys.executable, str(scripts / "materialize.py"), str(scripts / f"{name}.onnx"), str(partial)],
                       check=True)
        partial.rename(path)
    return path


def find(models=None, zoo=None, keep=lambda name: True) -> list:
    """The networks whose name `keep` takes, in the order of TARGETS and then of the alphabet. `models` is a folder of
    complete .onnx files, or one such file; `zoo` a folder of graphs without weights with the script materialize.py
    that fills them. Where neither is given, the network that the repository ships."""
    if models and Path(models).is_file():
        return [Network(Path(models).stem, Path(models))]
    if not models and not zoo:
        models = wt.SOURCE / "test" / "Models"
    names = {path.stem for path in Path(models or zoo).glob("*.onnx") if keep(path.stem)}
    if not names:
        sys.exit(f"no network with that name in {models or zoo}")
    order = list(TARGETS)
    names = sorted(names, key=lambda name: (order.index(name) if name in order else len(order), name))
    return [Network(n, Path(models) / f"{n}.onnx" if models else _materialized(Path(zoo), n)) for n in names]
