"""Text for people: tables, and progress of long work."""

from __future__ import annotations

import sys
import time
from typing import Any, Optional, Sequence, TextIO


def table(rows: Sequence[Sequence[Any]], header: Sequence[str]) -> str:
    """Rows as a Markdown table with aligned columns; numbers to the right."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]

    def is_number(column):
        return all(row[column][:1].isdigit() or row[column] in ("", "-") for row in rows)

    def line(cells):
        return "| " + " | ".join(c.rjust(w) if is_number(i) else c.ljust(w)
                                 for i, (c, w) in enumerate(zip(cells, widths))) + " |"

    rule = "|" + "|".join("-" * (w + 1) + (":" if is_number(i) else "-") for i, w in enumerate(widths)) + "|"
    return "\n".join([line(header), rule, *map(line, rows)])


class ProgressBar:
    """One line on a terminal that says how far long work is. Where `stream` (stderr) is no terminal, nothing is written,
    unless `shown` says that it is to be: then each step is a line."""

    _WIDTH = 24

    def __init__(self, title: str = "", shown: Optional[bool] = None, stream: Optional[TextIO] = None):
        self._title, self._stream = title, stream or sys.stderr
        self._bar = self._stream.isatty()
        self._shown = self._bar if shown is None else shown
        self._start, self._written = time.monotonic(), 0

    def __call__(self, step: str, index: int, count: int) -> None:
        """Step number `index`, from 0, of `count` begins."""
        if not self._shown:
            return
        if not self._bar:
            print(f"[{index + 1}/{count}] {step}", file=self._stream, flush=True)
            return
        filled = self._WIDTH * index // max(1, count)
        text = (f"{self._title} [{'#' * filled}{'.' * (self._WIDTH - filled)}] {index + 1}/{count} {step} "
                f"{time.monotonic() - self._start:.1f} s").lstrip()[:100]
        self._stream.write("\r" + text + " " * (self._written - len(text)))
        self._stream.flush()
        self._written = len(text)

    def close(self) -> None:
        """Takes the line away."""
        if self._written:
            self._stream.write("\r" + " " * self._written + "\r")
            self._stream.flush()
            self._written = 0
