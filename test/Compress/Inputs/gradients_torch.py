"""gradients_torch.py FOLDER: the derivatives of compiled networks by their input against those of torch, through layers
of all kinds: groups, strides, dilations, squeeze-and-excite, concatenations, both pools, smooth and broken activations."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from winnow import Model
from winnow_testing import tool

torch.manual_seed(0)
torch.set_num_threads(1)


class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(16)
        self.depthwise = nn.Conv2d(16, 16, 5, padding=2, groups=16)
        self.grouped = nn.Conv2d(16, 16, 3, padding=2, dilation=2, groups=4)
        self.squeeze, self.excite = nn.Conv2d(16, 4, 1), nn.Conv2d(4, 16, 1)
        self.down = nn.Conv2d(32, 24, 3, stride=2)
        self.slopes = nn.PReLU(24, 0.2)
        self.first, self.last = nn.Linear(24 * 3 * 3, 20), nn.Linear(20, 10)

    def forward(self, x):
        x = F.relu6(self.norm(self.stem(x)))
        x = F.hardswish(self.depthwise(x)) + x
        gate = F.hardsigmoid(self.excite(F.relu(self.squeeze(x.mean((2, 3), keepdim=True)))))
        x = torch.cat([F.silu(self.grouped(x)) * gate, F.max_pool2d(x, 3, 1, 1)], 1)
        x = F.avg_pool2d(self.slopes(self.down(x)), 3, 2, 1)
        return self.last(F.gelu(self.first(x.flatten(1))))


def run(*command):
    subprocess.run([str(part) for part in command], check=True)


def check(name, network, shape, folder):
    x = torch.randn(shape, requires_grad=True)
    y = network.eval()(x)
    seed = torch.randn_like(y)
    (y * seed).sum().backward()
    model = folder / f"{name}.onnx"
    torch.onnx.export(network, (x.detach(),), model, dynamo=False)
    run(tool("winnowc"), model, "--compile-to=graph", "-o", folder / "graph.mlir")
    run(tool("winnow-opt"), folder / "graph.mlir", "--winnow-differentiate", "-o", folder / "gradient.mlir")
    run(tool("winnowc"), folder / "gradient.mlir", "-o", folder / f"{name}.so")
    result, gradient = Model.load(folder / f"{name}.so").run(x.detach().numpy(), seed.numpy())
    for what, found, wanted in ("result", result, y.detach()), ("gradient", gradient, x.grad):
        error = np.abs(np.asarray(found) - wanted.numpy()).max() / np.abs(wanted.numpy()).max()
        print(f"{name}: {what} off by {error:.1e}")
        assert error < 2e-5, f"{name}: {what} differs from torch's"


def main(folder):
    check("mixed", Mixed(), (2, 3, 24, 24), folder)
    plain = nn.Sequential(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ELU(), nn.Flatten(),
                          nn.Linear(16 * 64, 10), nn.Softmax(dim=1))
    check("plain", plain, (1, 1, 28, 28), folder)


main(Path(sys.argv[1]))
