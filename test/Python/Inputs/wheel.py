"""The package as a user has it: run by the Python of a fresh environment into which only the wheel was installed. Prints
the figures, and fails where one is out of bounds.

usage: wheel.py WHEEL MODEL.onnx PICTURE CLASS [OPTION=VALUE]...    (options are fields of PictureOptions)
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

wheel, network, picture, expected = sys.argv[1:5]
options = {name: ast.literal_eval(value) for name, value in (text.split("=") for text in sys.argv[5:])}

megabytes = os.path.getsize(wheel) / 1e6
assert megabytes < 120, f"the wheel has {megabytes:.1f} MB"


def seconds_of(statement):
    """The least of some imports, each in a process of its own."""
    code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    return min(float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)
               for _ in range(5))


times = {statement: seconds_of(statement) for statement in ("import winnow", "from winnow import Model", "import numpy")}
assert times["import winnow"] < 0.3 and times["from winnow import Model"] < 0.3 + times["import numpy"], times

# Three lines.
import winnow  # noqa: E402
from winnow.pictures import read_picture  # noqa: E402

model = winnow.compile(network)
scores = model(read_picture(picture, model, **options))

best = int(scores.reshape(-1).argmax())
assert best == int(expected), f"expected class {expected}, found {best}"
package = Path(winnow.__file__).parent
assert "site-packages" in str(package), f"the package of the checkout was used: {package}"
mapped = {line.split()[-1] for line in open("/proc/self/maps") if "/" in line}
foreign = [path for path in mapped if ("LLVM" in path or "MLIR" in path or "libwinnow" in path) and str(package) not in path]
assert not foreign, f"libraries from outside the package were loaded: {foreign}"
assert any(path.endswith("libwinnow.so") for path in mapped)
assert winnow.__version__ in os.path.basename(wheel), winnow.__version__
print(f"wheel {megabytes:.1f} MB; " + ", ".join(f"`{s}` {t:.3f} s" for s, t in times.items()) + f"; class {best}")
