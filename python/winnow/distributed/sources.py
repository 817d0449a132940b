"""Where pictures come from: a folder, Parquet files, or tar files as WebDataset writes them. Samples have numbers, so that
any part of a source can be read anywhere, and again."""

from __future__ import annotations

import bisect
import glob
import itertools
import os
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, Union

from winnow.errors import WinnowError

_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".ppm", ".npy")
# Names of columns, in the order in which they are looked for.
_PICTURE_COLUMNS, _LABEL_COLUMNS, _KEY_COLUMNS = ("image", "picture", "jpg", "png"), ("label", "cls"), ("key", "name")


@dataclass(frozen=True)
class Sample:
    """A picture: its name, the bytes of its file, and the number of its class where the source knows it."""
    key: str
    data: bytes
    label: Optional[int] = None


class Source:
    """A numbered sequence of samples. It opens its files itself, so that it can be sent to a worker."""

    def __len__(self) -> int:
        raise NotImplementedError

    def read(self, start: int, stop: int) -> Iterator[Sample]:
        """The samples `start` to `stop - 1`."""
        raise NotImplementedError


class FolderSource(Source):
    """All pictures in a folder and below, in the order of their paths. Where they lie in folders of their own, the class of
    a picture is the number of its folder, in the order of names."""

    def __init__(self, path: Union[str, os.PathLike]):
        self._root = Path(path)
        self._paths = sorted(str(p.relative_to(self._root)) for p in self._root.rglob("*")
                             if p.suffix.lower() in _PICTURES)
        if not self._paths:
            raise WinnowError(f"{path}: no pictures in this folder (looked for {' '.join(_PICTURES)})")
        folders = sorted({os.path.dirname(p) for p in self._paths})
        self._classes = {folder: i for i, folder in enumerate(folders)} if "" not in folders else {}

    def __len__(self) -> int:
        return len(self._paths)

    def read(self, start: int, stop: int) -> Iterator[Sample]:
        for path in self._paths[start:stop]:
            yield Sample(path, (self._root / path).read_bytes(), self._classes.get(os.path.dirname(path)))


class ParquetSource(Source):
    """The rows of Parquet files, one after another (needs pyarrow): pictures are the bytes (or the `bytes` of the struct) in
    the column `image`; classes are in `label`, names in `key`, where there are such columns."""

    def __init__(self, paths: Sequence[str]):
        self._paths, self._starts = list(paths), [0]
        self._groups: List[Tuple[int, int]] = []
        for number, path in enumerate(self._paths):
            metadata = self._open(path).metadata
            for group in range(metadata.num_row_groups):
                self._groups.append((number, group))
                self._starts.append(self._starts[-1] + metadata.row_group(group).num_rows)
        self._columns = self._find_columns(self._open(self._paths[0]).schema_arrow.names)

    @staticmethod
    def _open(path: str) -> Any:
        import pyarrow
        import pyarrow.parquet
        try:
            return pyarrow.parquet.ParquetFile(path)
        except (OSError, pyarrow.ArrowException) as error:
            raise WinnowError(f"{path}: cannot be read as Parquet: {error}") from error

    def _find_columns(self, names: Sequence[str]) -> Dict[str, str]:
        found = {}
        for role, wanted in (("picture", _PICTURE_COLUMNS), ("label", _LABEL_COLUMNS), ("key", _KEY_COLUMNS)):
            name = next((n for n in wanted if n in names), None)
            if name:
                found[role] = name
        if "picture" not in found:
            raise WinnowError(f"{self._paths[0]}: expected a column {' or '.join(_PICTURE_COLUMNS)}, found {', '.join(names)}")
        return found

    def __len__(self) -> int:
        return self._starts[-1]

    def read(self, start: int, stop: int) -> Iterator[Sample]:
        stop = min(stop, len(self))
        index = bisect.bisect_right(self._starts, start) - 1
        while start < stop:
            file, group = self._groups[index]
            rows = self._open(self._paths[file]).read_row_group(group, columns=list(self._columns.values()))
            first, last = start - self._starts[index], min(stop, self._starts[index + 1]) - self._starts[index]
            for offset, row in enumerate(rows.slice(first, last - first).to_pylist(), start):
                yield self._sample(row, offset)
            start, index = self._starts[index + 1], index + 1

    def _sample(self, row: Dict[str, Any], number: int) -> Sample:
        picture = row[self._columns["picture"]]
        data = picture.get("bytes") if isinstance(picture, dict) else picture
        if not isinstance(data, bytes):
            raise WinnowError(f"row {number}: expected the bytes of a picture in '{self._columns['picture']}', found "
                              f"{type(data).__name__}")
        key = row[self._columns["key"]] if "key" in self._columns else f"{number:09d}"
        return Sample(str(key), data, row[self._columns["label"]] if "label" in self._columns else None)


class TarSource(Source):
    """The samples of tar files, one after another, as WebDataset writes them: files that share a name up to its first dot are
    one sample, with a picture and, in `.cls`, the number of its class."""

    def __init__(self, paths: Sequence[str]):
        self._paths = list(paths)
        # Of each sample: name, file, where its picture lies in it, and its class.
        self._index: List[Tuple[str, int, int, int, Optional[int]]] = []
        for number, path in enumerate(self._paths):
            try:
                self._read_index(number, path)
            except (OSError, tarfile.TarError) as error:
                raise WinnowError(f"{path}: cannot be read as a tar file: {error}") from error

    def _read_index(self, number: int, path: str) -> None:
        samples: Dict[str, Dict[str, Any]] = {}
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                folder, name = os.path.split(member.name)
                stem, dot, extension = name.partition(".")
                if not member.isfile() or not dot:
                    continue
                parts = samples.setdefault(os.path.join(folder, stem), {})
                if "." + extension.lower() in _PICTURES:
                    parts["picture"] = (member.offset_data, member.size)
                elif extension == "cls":
                    parts["label"] = int(archive.extractfile(member).read())  # type: ignore[union-attr]
        for key, parts in samples.items():
            if "picture" in parts:
                self._index.append((key, number, *parts["picture"], parts.get("label")))

    def __len__(self) -> int:
        return len(self._index)

    def read(self, start: int, stop: int) -> Iterator[Sample]:
        for number, group in itertools.groupby(self._index[start:stop], key=lambda entry: entry[1]):
            with open(self._paths[number], "rb") as file:
                for key, _, offset, size, label in group:
                    file.seek(offset)
                    yield Sample(key, file.read(size), label)


def _expand(pattern: str) -> List[str]:
    """The files of a pattern: `part-{000..009}.tar` as WebDataset writes it, or * and ?."""
    braces = re.search(r"\{(\d+)\.\.(\d+)\}", pattern)
    if braces:
        first, last = braces[1], braces[2]
        numbers = [str(i).zfill(len(first)) for i in range(int(first), int(last) + 1)]
        return [f for n in numbers for f in _expand(pattern[:braces.start()] + n + pattern[braces.end():])]
    return sorted(glob.glob(pattern)) if re.search(r"[*?\[]", pattern) else [pattern]


def open_source(source: Union[str, os.PathLike, Source]) -> Source:
    """The source at a path: a folder of pictures, or files that end with .parquet or .tar (or a folder or pattern of them)."""
    if isinstance(source, Source):
        return source
    path = os.fspath(source)
    for ending, kind in ((".parquet", ParquetSource), (".tar", TarSource)):
        files = sorted(glob.glob(os.path.join(glob.escape(path), "*" + ending))) if os.path.isdir(path) else (
            _expand(path) if path.endswith(ending) else [])
        if files:
            missing = [f for f in files if not os.path.exists(f)]
            if missing:
                raise WinnowError(f"{missing[0]}: no such file")
            return kind(files)
    if os.path.isdir(path):
        return FolderSource(path)
    raise WinnowError(f"{path}: expected a folder of pictures, .parquet or .tar")
