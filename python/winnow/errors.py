"""What goes wrong, as exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence


class WinnowError(RuntimeError):
    """Base of all errors of this package; of a compiled model: a call that it refused, with what was wrong with it."""


@dataclass(frozen=True)
class Diagnostic:
    """One message of the compiler.

    `severity` is "error", "warning", "note" or "remark"; `file` the model it is about, `node` the name of the ONNX node,
    both "" where the message is about neither.
    """
    severity: str
    file: str
    node: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}: " if self.file and self.file not in self.message else ""
        node = f"node '{self.node}': " if self.node and self.node not in self.message else ""
        return f"{self.severity}: {place}{node}{self.message}"


class CompileError(WinnowError):
    """A model that was not compiled. `file` and `node` are those of the first error, `diagnostics` all messages."""

    def __init__(self, message: str, diagnostics: Sequence[Diagnostic] = ()):
        super().__init__(message)
        self.diagnostics = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.severity == "error"]
        self.file = next((d.file for d in errors if d.file), "")
        self.node = next((d.node for d in errors if d.node), "")

    def __reduce__(self):
        return type(self), (str(self), self.diagnostics)
