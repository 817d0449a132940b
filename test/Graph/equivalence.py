"""Interprets small random networks before and after the graph stage and compares the results.

The interpreter is reached through constant folding: a network whose input is constant folds to its output.
"""

import itertools
import re
import subprocess
import sys

import numpy as np

rng = np.random.default_rng(7)


def dense(shape, positive=False):
    """A random constant of f32 as it is written in the IR."""
    values = rng.uniform(0.5 if positive else -1, 1.5 if positive else 1, shape).astype(np.float32)
    kind = "tensor<" + "x".join(map(str, shape)) + "xf32>"
    return "arith.constant dense<%s> : %s\n" % (values.tolist(), kind)


def opt(text, *flags):
    run = subprocess.run(["winnow-opt", "-", *flags], input=text, capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stderr + text)
    return run.stdout


def evaluate(body, argument, input_text):
    """The result of a function of one argument when that is constant."""
    text = re.sub(r"@main\(%s: [^)]*\)" % re.escape(argument), "@main()", body)
    text = re.sub(r"(func\.func @main.*{\n)", lambda m: m.group(1) + argument + " = " + input_text, text, count=1)
    folded = opt(text, "--winnow-fold-constants=max-bytes=16777216")
    if "cnn." in folded:
        sys.exit("does not fold:\n" + folded)
    found = re.search(r"dense<(.*)> : tensor<[^>]*>\n\s*return", folded)
    return np.array([float(v) for v in re.findall(r"-?\d+\.\d+(?:e[+-]?\d+)?", found.group(1))])


def check(name, body, shape, gone=()):
    input_text = dense(shape)
    after = opt(body, "--winnow-graph-pipeline")
    for word in gone:
        if word in after:
            sys.exit("%s: %s is left in\n%s" % (name, word, after))
    want, got = evaluate(body, "%x", input_text), evaluate(after, "%arg0", input_text)
    error = np.abs(want - got).max() / max(np.abs(want).max(), 1e-3)
    if want.shape != got.shape or not error < 1e-5:
        sys.exit("%s: off by %g of its scale\n%s" % (name, error, after))


def conv_norm(spatial, channels, filters, group, kernel, stride, pad, bias, after):
    """conv -> norm -> relu, or norm -> conv -> relu."""
    out = (5 + 2 * pad - kernel) // stride + 1
    tensor = lambda *s: "tensor<" + "x".join(map(str, s)) + "xf32>"
    shape, wshape = [1, channels] + [5] * spatial, [filters, channels // group] + [kernel] * spatial
    x, w, y = tensor(*shape), tensor(*wshape), tensor(1, filters, *[out] * spatial)
    n = filters if after else channels
    p, t = tensor(n), y if after else x
    text = "func.func @main(%%x: %s) -> %s {\n%%w = %s" % (x, y, dense(wshape))
    text += "%b = " + dense([filters]) + "".join("%%%s = %s" % (c, dense([n], c == "v")) for c in "stmv")
    conv = "%%c = cnn.convolution %%%s, %%w %s strides %s pads %s dilations %s group %d : (%s, %s%s) -> %s\n" % (
        "x" if after else "n", "bias %b" if bias else "", [stride] * spatial, [pad] * 2 * spatial, [1] * spatial, group,
        x, w, ", " + tensor(filters) if bias else "", y)
    norm = "%%n = cnn.batch_norm %%%s, %%s, %%t, %%m, %%v epsilon 1.0e-3 : (%s) -> %s\n" % (
        "c" if after else "x", ", ".join([t, p, p, p, p]), t)
    text += (conv + norm if after else norm + conv) + "%%r = cnn.relu %%%s : (%s) -> %s\nreturn %%r : %s\n}\n" % (
        "n" if after else "c", y, y, y)
    gone = ["cnn.batch_norm", "cnn.relu"] + (["cnn.mul", "cnn.add"] if after or pad == 0 else [])
    return text, shape, gone


def main():
    cases = 0
    for spatial, (channels, filters, group), pad, bias, after in itertools.product(
            (1, 2), ((3, 2, 1), (2, 4, 2), (3, 3, 3)), (0, 1), (True, False), (True, False)):
        kernel, stride = (3, 2) if pad else (2, 2)
        args = (spatial, channels, filters, group, kernel, stride, pad, bias, after)
        check("batch norm %s" % (args,), *conv_norm(*args))
        cases += 1
    t = "tensor<1x4x4x2xf32>"
    n = "tensor<1x2x4x4xf32>"
    check("residual block with pads and transposes", "func.func @main(%x: " + t + ") -> tensor<1x2xf32> {\n%w = "
          + dense([2, 2, 3, 3]) + "%b = " + dense([2]) + f"""%six = arith.constant dense<6.0> : tensor<f32>
%three = arith.constant dense<3.0> : tensor<f32>
%zero = arith.constant dense<0.0> : tensor<f32>
%t = cnn.transpose %x permutation [0, 3, 1, 2] : ({t}) -> {n}
%p = cnn.pad constant %t pads [0, 0, 1, 1, 0, 0, 1, 1] : ({n}) -> tensor<1x2x6x6xf32>
%c = cnn.convolution %p, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] : (tensor<1x2x6x6xf32>, tensor<2x2x3x3xf32>) -> {n}
%u = cnn.transpose %c permutation [0, 2, 3, 1] : ({n}) -> {t}
%a = cnn.add %u, %b : ({t}, tensor<2xf32>) -> {t}
%r = cnn.add %x, %a : ({t}, {t}) -> {t}
%s = cnn.add %r, %three : ({t}, tensor<f32>) -> {t}
%k = cnn.clip %s lower %zero upper %six : ({t}, tensor<f32>, tensor<f32>) -> {t}
%m = cnn.mul %r, %k : ({t}, {t}) -> {t}
%d = cnn.div %m, %six : ({t}, tensor<f32>) -> {t}
%y = cnn.reduce mean %d axes [1, 2] : ({t}) -> tensor<1x2xf32>
return %y : tensor<1x2xf32>
}}
""", [1, 4, 4, 2], ["cnn.clip", "cnn.pad"])
    for transpose in ("true", "false"):
        f = "tensor<1x4xf32>"
        check("fully connected", "func.func @main(%x: tensor<1x4x1x1xf32>) -> " + f + " {\n%w = " + dense([4, 4]) + "%b = "
              + dense([1, 4]) + "%k = " + dense([4], True) + f"""%f = cnn.reshape %x : (tensor<1x4x1x1xf32>) -> {f}
%m = cnn.mul %f, %k : ({f}, tensor<4xf32>) -> {f}
%g = cnn.gemm %m, %w addend %b alpha 0.5 beta 3.0 transpose_rhs {transpose} : ({f}, tensor<4x4xf32>, {f}) -> {f}
%a = cnn.add %g, %k : ({f}, tensor<4xf32>) -> {f}
%d = cnn.div %a, %k : ({f}, tensor<4xf32>) -> {f}
%y = cnn.softsign %d : ({f}) -> {f}
return %y : {f}
}}
""", [1, 4, 1, 1], ["cnn.mul", "cnn.add", "cnn.div", "cnn.gemm"])
    check("transposed convolution", "func.func @main(%x: tensor<1x4x2x2xf32>) -> tensor<1x4x3x3xf32> {\n%w = "
          + dense([4, 2, 2, 2]) + "%s = " + dense([4]) + "%v = " + dense([4], True) + """
%c = cnn.transposed_convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0] group 2
     : (tensor<1x4x2x2xf32>, tensor<4x2x2x2xf32>) -> tensor<1x4x3x3xf32>
%n = cnn.batch_norm %c, %s, %s, %s, %v epsilon 1.0e-3
     : (tensor<1x4x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x3x3xf32>
return %n : tensor<1x4x3x3xf32>
}
""", [1, 4, 2, 2], ["cnn.batch_norm", "cnn.mul"])
    print(cases + 4, "networks agree")


main()
