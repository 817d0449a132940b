"""torch.compile(backend="winnow"): networks, shapes that change, parameters that change, and what is left to torch.

usage: torch_compile.py
"""

import warnings

import torch
from torch import nn

import winnow.torch_backend as backend
from winnow import WinnowError

torch.manual_seed(0)
torch.set_num_threads(1)


class Block(nn.Module):
    """A residual block, as ResNet has it."""

    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return torch.relu(self.second(torch.relu(self.norm(self.first(x)))) + x)


def make_network():
    network = nn.Sequential(nn.Conv2d(3, 16, 3, stride=2), nn.ReLU(), Block(16), nn.MaxPool2d(2), Block(16),
                            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10), nn.Softmax(dim=1))
    with torch.no_grad():
        network[2].norm.running_mean.normal_()
        network[2].norm.running_var.uniform_(0.5, 2)
    return network.eval()


def close(actual, expected):
    assert actual.dtype == expected.dtype and actual.shape == expected.shape
    error = (actual - expected).abs().max() / expected.abs().max()
    assert error < 1e-5, f"differs by {error:.1e}"


def compiled(module, **options):
    torch._dynamo.reset()
    return torch.compile(module, backend="winnow", options={"threads": 1, "fallback": False, **options})


def test_network():
    network, x = make_network(), torch.randn(2, 3, 32, 32)
    fast = compiled(network)
    with torch.no_grad():
        close(fast(x), network(x))
        # Other shapes are compiled when they come.
        for shape in ((5, 3, 32, 32), (1, 3, 48, 40)):
            y = torch.randn(shape)
            close(fast(y), network(y))
        strided = torch.randn(2, 32, 32, 3).permute(0, 3, 1, 2)
        close(fast(strided), network(strided))


def test_changed_parameters():
    network, x = make_network(), torch.randn(1, 3, 32, 32)
    fast = compiled(network)
    with torch.no_grad():
        before = fast(x)
        network[7].weight.mul_(3)
        close(fast(x), network(x))
        assert not torch.equal(before, fast(x))
        network.load_state_dict(make_network().state_dict())
        close(fast(x), network(x))


def test_several_results():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3)

        def forward(self, x, y):
            z = self.conv(x) * y
            return {"sum": z.sum((2, 3)), "top": z.amax((2, 3))}

    module, x, y = Two().eval(), torch.randn(1, 3, 9, 9), torch.randn(1, 8, 1, 1)
    fast = compiled(module)
    with torch.no_grad():
        found, expected = fast(x, y), module(x, y)
        for name in ("sum", "top"):
            close(found[name], expected[name])


def falls_back(module, x, reason, grad=False):
    """Runs with a warning that has `reason` in it, and with the result of torch; or with an error, where that is asked for."""
    torch._dynamo.reset()
    fast = torch.compile(module, backend="winnow")
    with torch.set_grad_enabled(grad), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = fast(x)
        found = fast(x)
        expected = module(x)
    messages = [str(w.message) for w in caught if issubclass(w.category, backend.FallbackWarning)]
    assert len(messages) == 1 and reason in messages[0], messages
    assert torch.equal(found, expected)
    with torch.set_grad_enabled(grad):
        try:
            compiled(module)(x)
        except WinnowError as error:
            assert reason in str(error), error
        else:
            raise AssertionError(f"expected an error with '{reason}'")


def test_fallback():
    class Sorted(nn.Module):
        def forward(self, x):
            return torch.linalg.matrix_exp(x)

    falls_back(Sorted(), torch.randn(4, 4), "cannot export")
    falls_back(make_network(), torch.randn(1, 3, 32, 32), "gradients", grad=True)


def test_registered():
    assert "winnow" in torch._dynamo.list_backends()


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
        print(f"{name}: passed")
