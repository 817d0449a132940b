"""Pictures as inputs of models (needs pillow)."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import Any, Optional, Tuple, Union

import numpy as np

from winnow.errors import WinnowError
from winnow.model import Model
from winnow.tensors import TensorInfo, default_shape

#: A path of a picture or of an .npy file, the bytes of one, a PIL.Image, or an array of the input's own form.
Picture = Union[str, os.PathLike, bytes, np.ndarray, Any]

_FITS = ("stretch", "crop", "none")


@dataclass(frozen=True)
class PictureOptions:
    """How a picture becomes an input. `fit` is how one of another size becomes the model's: "stretch" resizes, "crop"
    resizes to cover it and takes the centre, "none" takes the centre. Values (0 to 255) lose `mean` and are divided by
    `std`, per channel; `bgr` puts blue first."""
    fit: str = "stretch"
    mean: Optional[Tuple[float, ...]] = None
    std: Optional[Tuple[float, ...]] = None
    bgr: bool = False

    def __post_init__(self) -> None:
        if self.fit not in _FITS:
            raise WinnowError(f"fit: expected one of {', '.join(_FITS)}, found '{self.fit}'")


def read_picture(picture: Picture, model: Union[Model, TensorInfo], options: PictureOptions = PictureOptions(),
                 **changes: Any) -> np.ndarray:
    """`picture` as the (first) input of `model`: its shape with a batch of one, planes or pixels first as the model's
    channels lie, its element type. `changes` are fields of PictureOptions. An array, or an .npy file, is taken as it is."""
    info = model.inputs[0] if isinstance(model, Model) else model
    if changes:
        options = PictureOptions(**{**vars(options), **changes})
    if isinstance(picture, np.ndarray):
        return picture
    data = picture
    if isinstance(picture, (str, os.PathLike)):
        with open(picture, "rb") as file:
            data = file.read()
    if isinstance(data, bytes) and data[:6] == b"\x93NUMPY":
        return np.load(io.BytesIO(data), allow_pickle=False)
    return _to_array(_open(data, picture), info, options)


def _open(data: Any, picture: Picture) -> Any:
    import PIL.Image
    if isinstance(data, PIL.Image.Image):
        return data
    try:
        image = PIL.Image.open(io.BytesIO(data))
        image.load()
        return image
    except (OSError, SyntaxError) as error:
        name = f"'{picture}'" if isinstance(picture, (str, os.PathLike)) else "these bytes"
        raise WinnowError(f"expected a picture, found {name}: {error}") from error


def _plane(info: TensorInfo) -> Tuple[int, int, int, bool]:
    """Height, width and channels of an input, and whether channels lie innermost."""
    shape = default_shape(info)
    if shape is None or len(shape) not in (3, 4):
        raise WinnowError(f"expected an input that is a picture, found {info}")
    c, h, w = shape[-3:]
    if c in (1, 3):
        return h, w, c, False
    if w in (1, 3):
        return c, h, w, True
    raise WinnowError(f"expected an input of 1 or 3 channels, found {info}")


def _to_array(image: Any, info: TensorInfo, options: PictureOptions) -> np.ndarray:
    height, width, channels, innermost = _plane(info)
    image = _fit(image.convert("RGB" if channels == 3 else "L"), width, height, options.fit)
    values: Any = np.asarray(image, np.float32).reshape(height, width, channels)
    if options.bgr:
        values = values[:, :, ::-1]
    for name, change in (("mean", options.mean), ("std", options.std)):
        if change is not None and len(change) not in (1, channels):
            raise WinnowError(f"{name}: expected {channels} values, found {len(change)}")
    if options.mean is not None:
        values = values - np.asarray(options.mean, np.float32)
    if options.std is not None:
        values = values / np.asarray(options.std, np.float32)
    if not innermost:
        values = values.transpose(2, 0, 1)
    if info.dtype.kind in "iu":
        bounds = np.iinfo(info.dtype)
        values = np.clip(np.rint(values), bounds.min, bounds.max)
    shape = default_shape(info)
    return np.ascontiguousarray(values, dtype=info.dtype).reshape(shape)


def _fit(image: Any, width: int, height: int, fit: str) -> Any:
    """The picture at this size."""
    import PIL.Image
    if image.size == (width, height):
        return image
    if fit == "stretch":
        return image.resize((width, height), PIL.Image.Resampling.BILINEAR)
    if fit == "crop":
        scale = max(width / image.width, height / image.height)
        image = image.resize((max(width, round(image.width * scale)), max(height, round(image.height * scale))),
                             PIL.Image.Resampling.BILINEAR)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))
