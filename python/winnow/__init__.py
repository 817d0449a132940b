"""Winnow from Python: load and run models that `winnowc` compiled."""

from winnow.model import Model, TensorInfo, WinnowError

__all__ = ["Model", "TensorInfo", "WinnowError"]
