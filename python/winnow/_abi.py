"""The C interfaces, as their own headers declare them.

cffi reads the declarations from the headers that C users include, so that no struct, constant or signature is written
down a second time. A header is read when it is first needed: importing the package costs nothing of it.
"""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import Any, Sequence

from winnow.errors import WinnowError

_PACKAGE = Path(__file__).resolve().parent
# An installed package has headers and library in itself; in a checkout they lie in include/ and build/.
_CHECKOUT = _PACKAGE.parents[1]


def include_folder() -> Path:
    """The folder with the headers of the C interfaces: `-I` of who compiles C against them."""
    own = _PACKAGE / "include"
    return own if own.is_dir() else _CHECKOUT / "include"


def _without_comments(header: str) -> str:
    text = (include_folder() / header).read_text()
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S).replace("\\\n", " ")


def _declarations(text: str, attributes: Sequence[str]) -> str:
    """The declarations of a header, without includes, what is for C++, macros that are not numbers, and `attributes`."""
    text = re.sub(r"#ifdef __cplusplus.*?#endif", "", text, flags=re.S)
    for name in attributes:
        text = re.sub(rf"\b{name}\b", "", text)
    lines = []
    for line in text.splitlines():
        constant = re.fullmatch(r"\s*#\s*define\s+(\w+)\s+\(?(-?\d+)\)?\s*", line)
        if constant:
            lines.append(f"#define {constant[1]} {constant[2]}")
        elif not line.lstrip().startswith("#"):
            lines.append(line)
    return "\n".join(lines)


@functools.lru_cache(maxsize=None)
def interface(*headers: str) -> Any:
    """A cffi interface that knows the declarations of these headers (paths in the include folder), each of which comes
    after those that it includes."""
    import cffi
    ffi = cffi.FFI()
    texts = [_without_comments(header) for header in headers]
    attributes = re.findall(r"#\s*define\s+(\w+)\s+__attribute__", "\n".join(texts))
    for text in texts:
        ffi.cdef(_declarations(text, attributes))
    return ffi


def model_interface() -> Any:
    """The interface of compiled models."""
    return interface("winnow/Runtime/winnow_model.h")


def _library_candidates() -> Sequence[Path]:
    chosen = os.environ.get("WINNOW_LIBRARY")
    if chosen:
        return [Path(chosen)]
    folders = [_PACKAGE / "lib", *([Path(os.environ["WINNOW_BIN"]).parent / "lib"] if "WINNOW_BIN" in os.environ else []),
               _CHECKOUT / "build" / "lib"]
    return [folder / "libwinnow.so" for folder in folders]


def library_path() -> Path:
    """Where the compiler's library lies: $WINNOW_LIBRARY, else in the package, else in the build folder of a checkout."""
    candidates = _library_candidates()
    for path in candidates:
        if path.exists():
            return path
    raise WinnowError("the compiler's library is not there: looked for " + ", ".join(str(p) for p in candidates))
