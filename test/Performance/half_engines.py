"""Our compiler with 16-bit floats (the peers' defaults have them where the processor multiplies them in tiles)."""

from engines import Winnow


class WinnowF16(Winnow):
    name, title = "winnow-f16", "Winnow f16"
    settings = "--precision=f16"

    def _options(self):
        return [*super()._options(), self.settings]


class WinnowBF16(WinnowF16):
    name, title = "winnow-bf16", "Winnow bf16"
    settings = "--precision=bf16"


HALVES = (WinnowF16, WinnowBF16)
