//===- ActivationOps.td - activation functions -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "winnow/Dialect/CNN/CNNAttributes.td"
include "winnow/Dialect/CNN/CNNInterfaces.td"

/// y = f(x) for every element; parameters are f64 attributes. `note` says what
/// the equation does not.
class CNN_ActivationOp<string mnemonic, string text, dag parameters = (ins), string example = "", string note = "">
    : CNN_InferredOp<mnemonic, [DeclareOpInterfaceMethods<CNN_ActivationOpInterface>]> {
  let summary = text;
  let description = "y = " # text # ", for every element; the result has the shape and the element type of the " #
                    "input. " # note # "\n\nConstraints:\n- (A1) elements are floating-point numbers (`cnn.relu`, " #
                    "`cnn.shrink` and `cnn.erf` take integers too).\n\nExample:\n```mlir\n%y = cnn." # mnemonic # " %x" # example #
                    " : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>\n```";
  let arguments = !con((ins CNN_NumberTensor:$input), parameters);
  let results = (outs CNN_NumberTensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def CNN_ReluOp : CNN_ActivationOp<"relu", "max(x, 0)", (ins), "",
    "NaN stays NaN.">;
def CNN_LeakyReluOp : CNN_ActivationOp<"leaky_relu", "x if x >= 0, else alpha * x", (ins F64Attr:$alpha), " {alpha = 0.01}">;
def CNN_EluOp : CNN_ActivationOp<"elu", "x if x >= 0, else alpha * (exp(x) - 1)", (ins F64Attr:$alpha), " {alpha = 1.0}",
    "Clevert et al. 2015.">;
def CNN_SeluOp : CNN_ActivationOp<"selu", "gamma * x if x > 0, else gamma * alpha * (exp(x) - 1)",
    (ins F64Attr:$alpha, F64Attr:$gamma), " {alpha = 1.67326, gamma = 1.0507}",
    "Klambauer et al. 2017.">;
def CNN_CeluOp : CNN_ActivationOp<"celu", "max(0, x) + min(0, alpha * (exp(x / alpha) - 1))", (ins F64Attr:$alpha), " {alpha = 1.0}",
    "Barron 2017.">;
def CNN_SigmoidOp : CNN_ActivationOp<"sigmoid", "1 / (1 + exp(-x))", (ins), "",
    "Computed without overflow of the exponential.">;
def CNN_HardSigmoidOp : CNN_ActivationOp<"hard_sigmoid", "max(0, min(1, alpha * x + beta))",
    (ins F64Attr:$alpha, F64Attr:$beta), " {alpha = 0.2, beta = 0.5}",
    "A piecewise linear sigmoid.">;
def CNN_HardSwishOp : CNN_ActivationOp<"hard_swish", "x * max(0, min(1, x / 6 + 0.5))", (ins), "",
    "Howard et al. 2019.">;
def CNN_SwishOp : CNN_ActivationOp<"swish", "x * sigmoid(alpha * x)", (ins F64Attr:$alpha), " {alpha = 1.0}",
    "Ramachandran et al. 2017; SiLU with alpha 1.">;
def CNN_GeluOp : CNN_ActivationOp<"gelu", "x * (1 + erf(x / sqrt(2))) / 2, or its tanh approximation",
    (ins DefaultValuedAttr<BoolAttr, "false">:$approximate), "",
    "`approximate` takes x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2 instead. Hendrycks and Gimpel 2016">;
def CNN_MishOp : CNN_ActivationOp<"mish", "x * tanh(softplus(x))", (ins), "",
    "Misra 2019.">;
def CNN_SoftplusOp : CNN_ActivationOp<"softplus", "log(1 + exp(x))", (ins), "",
    "A smooth relu; for large x it is x, without overflow of the exponential.">;
def CNN_SoftsignOp : CNN_ActivationOp<"softsign", "x / (1 + |x|)", (ins), "",
    "A tanh that needs no exponential.">;
def CNN_TanhOp : CNN_ActivationOp<"tanh", "hyperbolic tangent", (ins), "",
    "(exp(x) - exp(-x)) / (exp(x) + exp(-x)).">;
def CNN_ErfOp : CNN_ActivationOp<"erf", "Gauss's error function", (ins), "",
    "2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.">;
def CNN_ThresholdedReluOp : CNN_ActivationOp<"thresholded_relu", "x if x > alpha, else 0", (ins F64Attr:$alpha), " {alpha = 1.0}",
    "Konda et al. 2014.">;
def CNN_ShrinkOp : CNN_ActivationOp<"shrink", "x + bias if x < -lambd, x - bias if x > lambd, else 0",
    (ins F64Attr:$bias, F64Attr:$lambd), " {bias = 0.0, lambd = 0.5}",
    "With a bias of 0 the hard shrink, with bias = lambd the soft one.">;

def CNN_ClipOp : CNN_InferredOp<"clip", [AttrSizedOperandSegments, DeclareOpInterfaceMethods<CNN_ActivationOpInterface>]> {
  let summary = "min(max(x, lower), upper)";
  let description = [{
    Bounds are tensors of rank 0 (or of one element); a missing bound does not
    bound. Where lower > upper the result is upper.

    Constraints:
    - (C1) bounds have the element type of `input`.
    - (C2) bounds have one element.

    Example:
    ```mlir
    %y = cnn.clip %x lower %lo upper %hi : (tensor<4xf32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
    ```
  }];
  let arguments = (ins CNN_NumberTensor:$input, Optional<CNN_NumberTensor>:$lower, Optional<CNN_NumberTensor>:$upper);
  let results = (outs CNN_NumberTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$input (`lower` $lower^)? (`upper` $upper^)? attr-dict `:` functional-type(operands, results)";
}
