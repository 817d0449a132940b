//===- ConvolutionOps.td - convolutions and their transposes -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "winnow/Dialect/CNN/CNNAttributes.td"
include "winnow/Dialect/CNN/CNNInterfaces.td"

/// Attributes that all convolutions share. `pads` holds all begins, then all
/// ends; it is ignored unless `auto_pad` is `explicit`.
class CNN_ConvolutionLike<string mnemonic, list<Trait> traits = []>
    : CNN_InferredOp<mnemonic, !listconcat(traits,
        [DeclareOpInterfaceMethods<CNN_WindowOpInterface, ["getWindowShape"]>])> {
  let hasVerifier = 1;
}

def CNN_ConvolutionOp : CNN_ConvolutionLike<"convolution", [AttrSizedOperandSegments]> {
  let summary = "convolution with bias, residual and activation";
  let description = [{
    Cross-correlation of `input` (N, C, spatial) with `filter`
    (M, C / group, spatial), 1 to 3 spatial dimensions:
    ```
    y[n,m,o] = act(bias[m] + residual[n,m,o]
                   + sum_{c,k} input[n, g(m)*C/group + c, o*stride + k*dilation - pad] * filter[m,c,k])
    ```
    `bias` (M), `residual` (the result's shape) and `activation` are the
    epilogue. Output extent: floor((in + pads - dilation*(k-1) - 1) / stride) + 1.

    Of a quantized input (scale sx, zero point zx), with a quantized filter (sw[m],
    zw[m]) and bias[m] in i32 with the scale sx * sw[m]:
    ```
    acc = bias[m] + sum (x - zx) * (w - zw[m])                      exact in i32
    t   = f32(acc) * M[m],        M[m] = (sx * sw[m]) / sy
    t   = t + f32(r - zr) * R,    R = sr / sy                       with a residual (sr, zr)
    y   = saturate(round(t) + zy), kept between the integers at which the activation clips
    ```
    Every product, quotient and sum of scales and of t is rounded to f32 by itself (no
    fused multiply-add); round takes halves to even; taps in the padding count as zx. A
    result of the real type has sy = 1 and act(t) in f32. The activation of a quantized
    result is none, `relu` or `clip`: a bound b clips at saturate(round(b / sy) + zy).

    Constraints:
    - W1 to W5 of `WindowOpInterface`.
    - (C1) `filter` has the rank of `input`.
    - (C2) `group` is at least 1 and divides C and M; the filter has C / group input
      channels.
    - (C3) all operands have one element type, but for quantized ones: those have an
      input, a residual and a result of eight bits with scales of their own, a filter of
      at most eight bits with one scale or one for each output channel, and an i32 bias.
    - (C4) `bias` has shape (M).
    - (C5) `residual` has the shape of the result.
    - (R) the result type is the inferred one up to dynamic extents and encoding.

    Example:
    ```mlir
    %y = cnn.convolution %x, %w bias %b strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
           activation <relu>
         : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>) -> tensor<1x4x4x4xf32>
    ```
  }];
  let arguments = (ins CNN_FloatOrQuantizedTensor:$input, CNN_FilterTensor:$filter,
                       Optional<CNN_BiasTensor>:$bias, Optional<CNN_FloatOrQuantizedTensor>:$residual,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
                       DefaultValuedAttr<I64Attr, "1">:$group,
                       DefaultValuedAttr<CNN_AutoPadAttr, "AutoPad::Explicit">:$auto_pad,
                       OptionalAttr<CNN_ActivationAttr>:$activation,
                       OptionalAttr<CNN_AlgorithmAttr>:$algorithm);
  let results = (outs CNN_FloatOrQuantizedTensor:$output);
  let extraClassDeclaration = requantizedReturnTypes;
  let assemblyFormat = [{
    $input `,` $filter (`bias` $bias^)? (`residual` $residual^)?
    `strides` $strides `pads` $pads `dilations` $dilations (`group` $group^)? (`auto_pad` $auto_pad^)?
    (`activation` $activation^)? (`algorithm` $algorithm^)? attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_TransposedConvolutionOp : CNN_ConvolutionLike<"transposed_convolution"> {
  let summary = "transposed convolution (ONNX ConvTranspose)";
  let description = [{
    The gradient of a convolution with respect to its input: every input element
    adds its multiple of `filter` (C, M / group, spatial) to the output. Output
    extent: stride*(in-1) + output_padding + dilation*(k-1) + 1 - pads.

    Constraints:
    - W1 to W4 of `WindowOpInterface`.
    - (C1) `filter` has the rank of `input`, and its dimension 0 the extent C.
    - (C2) `group` is at least 1 and divides C.
    - (C3) all operands have one element type.
    - (C4) `bias` has shape (M).
    - (C5) `output_padding` has one entry per spatial dimension, from 0 to below
      max(stride, dilation).

    Example:
    ```mlir
    %y = cnn.transposed_convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
           output_padding [0, 0]
         : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>) -> tensor<1x3x16x16xf32>
    ```
  }];
  let arguments = (ins CNN_FloatTensor:$input, CNN_FloatTensor:$filter, Optional<CNN_FloatTensor>:$bias,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
                       DenseI64ArrayAttr:$output_padding,
                       DefaultValuedAttr<I64Attr, "1">:$group,
                       DefaultValuedAttr<CNN_AutoPadAttr, "AutoPad::Explicit">:$auto_pad);
  let results = (outs CNN_FloatTensor:$output);
  let assemblyFormat = [{
    $input `,` $filter (`bias` $bias^)? `strides` $strides `pads` $pads `dilations` $dilations
    `output_padding` $output_padding (`group` $group^)? (`auto_pad` $auto_pad^)?
    attr-dict `:` functional-type(operands, results)
  }];
}
