"""`torch.compile(module, backend="winnow")`: convolutional networks of torch, for inference on the CPU.

The graph that torch traces is exported to ONNX (torch.onnx.export, which needs onnxscript), with parameters and buffers as
constants, and compiled for each set of input shapes when it is first called with them. Changing a parameter in place
compiles again. What cannot be compiled (training, an operator that Winnow lacks, another device) is left to torch, with a
FallbackWarning that says why; `options={"fallback": False}` makes that an error.

The backend registers itself where the package is installed (entry point `torch_dynamo_backends`), else by
`import winnow.torch_backend`.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import warnings
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import torch
from torch import fx

import winnow
from winnow.errors import WinnowError
from winnow.model import Model


class FallbackWarning(UserWarning):
    """A graph that torch runs, because Winnow cannot; the message says why."""


class _Unsupported(Exception):
    """Why Winnow does not take a call."""


def winnow_backend(graph: fx.GraphModule, example_inputs: Sequence[Any], *,
                   options: Optional[Mapping[str, Any]] = None, **kwargs: Any) -> Callable[..., Any]:
    """The backend: what torch calls with a graph that it has traced. `options` are those of winnow.compile(), and
    `fallback` (True)."""
    chosen = dict(options or {})
    return _CompiledGraph(graph, fallback=chosen.pop("fallback", True), options=chosen)


class _CompiledGraph:
    """A graph of torch, with the models that it was compiled to."""

    def __init__(self, graph: fx.GraphModule, fallback: bool, options: Mapping[str, Any]):
        self._graph, self._fallback, self._options = graph, fallback, options
        self._is_static = [_is_static(node) for node in graph.graph.nodes if node.op == "placeholder"]
        self._models: Dict[Any, Optional[_ExportedModel]] = {}
        self._versions: Optional[Tuple[Tuple[int, int], ...]] = None

    def __call__(self, *arguments: Any) -> Any:
        if torch.is_grad_enabled() and any(isinstance(a, torch.Tensor) and a.requires_grad for a in arguments):
            return self._leave("gradients are asked for: call it under torch.no_grad() or torch.inference_mode()",
                               "training", arguments)
        # Parameters are constants of the compiled code: a change in place makes it stale.
        versions = tuple((id(a), a._version) if not a.is_inference() else (id(a), 0)
                         for a, static in zip(arguments, self._is_static) if static)
        if versions != self._versions:
            self._models.clear()
            self._versions = versions
        inputs = [a for a, static in zip(arguments, self._is_static) if not static]
        key = tuple((a.dtype, a.shape, str(a.device)) if isinstance(a, torch.Tensor) else a for a in inputs)
        if key not in self._models:
            try:
                self._models[key] = _ExportedModel(self._graph, arguments, self._is_static, self._options)
            except (_Unsupported, WinnowError) as error:
                self._models[key] = None
                return self._leave(str(error), key, arguments, error)
        model = self._models[key]
        return model(inputs) if model else self._graph(*arguments)

    def _leave(self, reason: str, key: Any, arguments: Sequence[Any], cause: Optional[Exception] = None) -> Any:
        """Lets torch run the graph; once for each reason with a warning."""
        if not self._fallback:
            raise WinnowError(f"torch.compile: {reason}") from cause
        if key not in self._models or cause:
            self._models.setdefault(key, None)
            warnings.warn(f"Winnow leaves a graph of {len(self._graph.graph.nodes)} nodes to torch: {reason}",
                          FallbackWarning, stacklevel=3)
        return self._graph(*arguments)


def _is_static(node: fx.Node) -> bool:
    """Whether an input of a traced graph is a parameter or a buffer of the module."""
    return "_dynamo_static_input_type" in (node.meta.get("tensor_dict") or {}) or isinstance(
        node.meta.get("example_value"), torch.nn.Parameter)


class _ExportedModel:
    """A graph with constants in place of parameters, for inputs of certain shapes."""

    def __init__(self, graph: fx.GraphModule, arguments: Sequence[Any], is_static: Sequence[bool],
                 options: Mapping[str, Any]):
        for argument in arguments:
            if isinstance(argument, torch.Tensor) and argument.device.type != "cpu":
                raise _Unsupported(f"expected tensors on the CPU, found one on '{argument.device}'")
        bound, inputs = _bind(graph, arguments, is_static)
        self._takes = [isinstance(a, torch.Tensor) for a, static in zip(arguments, is_static) if not static]
        with torch.no_grad():
            results = bound(*inputs)
        self._is_tuple = isinstance(results, (tuple, list))
        self._results = list(results) if self._is_tuple else [results]
        if not self._results or not all(isinstance(r, torch.Tensor) for r in self._results):
            raise _Unsupported("expected a graph whose results are tensors")
        self._model: Model = winnow.compile(_export(bound, inputs), progress=False, **options)
        self._kind = type(results)

    def __call__(self, inputs: Sequence[Any]) -> Any:
        tensors = [tensor.detach().contiguous() for tensor, takes in zip(inputs, self._takes) if takes]
        arrays = self._model.run(*tensors)
        results = [torch.from_numpy(array) for array in arrays]
        return self._kind(results) if self._is_tuple else results[0]


def _bind(graph: fx.GraphModule, arguments: Sequence[Any],
          is_static: Sequence[bool]) -> Tuple[fx.GraphModule, Tuple[torch.Tensor, ...]]:
    """A copy of `graph` whose parameters are its own, whose sizes are numbers, and the inputs that are left."""
    bound, inputs = fx.GraphModule(graph, copy.deepcopy(graph.graph)), []
    placeholders = [node for node in bound.graph.nodes if node.op == "placeholder"]
    for node, argument, static in zip(placeholders, arguments, is_static):
        if isinstance(argument, torch.Tensor) and not static:
            inputs.append(argument.detach())
            continue
        if isinstance(argument, torch.Tensor):
            name = f"winnow_{node.name}"
            bound.register_buffer(name, argument.detach())
            with bound.graph.inserting_before(node):
                node.replace_all_uses_with(bound.graph.get_attr(name))
        else:  # a size that torch keeps open
            for user in list(node.users):
                user.args = fx.map_arg(user.args, lambda n: int(argument) if n is node else n)  # noqa: B023
                user.kwargs = fx.map_arg(user.kwargs, lambda n: int(argument) if n is node else n)  # noqa: B023
        bound.graph.erase_node(node)
    bound.graph.lint()
    bound.recompile()
    return bound.eval(), tuple(inputs)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter tells about itself at length."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    before = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before):
            logger.setLevel(level)


def _export(module: fx.GraphModule, inputs: Tuple[torch.Tensor, ...]) -> Any:
    """The ONNX form of a module; _Unsupported where torch cannot export it."""
    try:
        import onnxscript  # noqa: F401  (what torch.onnx.export needs)
    except ImportError as error:
        raise _Unsupported("torch's export to ONNX needs the package onnxscript: pip install winnow-compiler[torch]") from error
    try:
        with _quiet(), torch.no_grad(), torch._dynamo.config.patch(suppress_errors=False):
            program = torch.onnx.export(module, inputs, dynamo=True, verbose=False)
    except Exception as error:  # whatever the exporter raises: it is many libraries deep
        lines: List[str] = [line for line in str(error).splitlines() if line.strip()]
        raise _Unsupported(f"torch cannot export it to ONNX: {type(error).__name__}: {lines[0] if lines else ''}") from error
    return program.model_proto


if "winnow" not in torch._dynamo.list_backends(exclude_tags=()):
    torch._dynamo.register_backend(winnow_backend, name="winnow")
