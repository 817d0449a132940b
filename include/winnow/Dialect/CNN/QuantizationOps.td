//===- QuantizationOps.td - quantization and integer arithmetic -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "winnow/Dialect/CNN/CNNAttributes.td"
include "winnow/Dialect/CNN/CNNInterfaces.td"

def CNN_QuantizeLinearOp : CNN_InferredOp<"quantize_linear"> {
  let summary = "saturate(round(x / scale) + zero_point)";
  let description = [{
    Rounds halves to even. `scale` has rank 0 or one element (per tensor) or one
    element per index of `axis` (per axis), or blocks of `block_size` along it.
    The result type is the zero point's, `ui8` without one.

    Constraints:
    - (C1) `input` has floating-point or i32 elements.
    - (Q1) `zero_point` has the shape of `scale`, or one element where `scale` has one.
    - (Q2) `axis` is in [0, rank) unless `scale` has one element.
    - (Q3) `scale` has one element, or shape (extent of `axis`), or with
      `block_size` above 0 the shape of the input with one entry for each block of
      `axis`.

    Example:
    ```mlir
    %q = cnn.quantize_linear %x, %s zero_point %z axis 1
         : (tensor<1x4xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x4xui8>
    ```
  }];
  let arguments = (ins CNN_NumberTensor:$input, CNN_FloatTensor:$scale, Optional<CNN_QuantizedTensor>:$zero_point,
                       DefaultValuedAttr<I64Attr, "1">:$axis, DefaultValuedAttr<I64Attr, "0">:$block_size);
  let results = (outs CNN_QuantizedTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $input `,` $scale (`zero_point` $zero_point^)? `axis` $axis (`block_size` $block_size^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_DequantizeLinearOp : CNN_InferredOp<"dequantize_linear"> {
  let summary = "(x - zero_point) * scale";
  let description = [{
    Parameters as those of `cnn.quantize_linear`; the result has the scale's element type.

    Constraints:
    - (C1) `zero_point` has the element type of `input`.
    - (Q1) to (Q3) of `cnn.quantize_linear`.

    Example:
    ```mlir
    %x = cnn.dequantize_linear %q, %s zero_point %z axis 1
         : (tensor<1x4xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x4xf32>
    ```
  }];
  let arguments = (ins CNN_QuantizedTensor:$input, CNN_FloatTensor:$scale, Optional<CNN_QuantizedTensor>:$zero_point,
                       DefaultValuedAttr<I64Attr, "1">:$axis, DefaultValuedAttr<I64Attr, "0">:$block_size);
  let results = (outs CNN_FloatTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $input `,` $scale (`zero_point` $zero_point^)? `axis` $axis (`block_size` $block_size^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_DynamicQuantizeLinearOp : CNN_InferredOp<"dynamic_quantize_linear"> {
  let summary = "quantization to ui8 with the range of the data";
  let description = [{
    scale = (max(x, 0) - min(x, 0)) / 255; zero_point = saturate(round(-min / scale)).

    Example:
    ```mlir
    %q, %s, %z = cnn.dynamic_quantize_linear %x : (tensor<4xf32>) -> (tensor<4xui8>, tensor<f32>, tensor<ui8>)
    ```
  }];
  let arguments = (ins CNN_FloatTensor:$input);
  let results = (outs CNN_QuantizedTensor:$output, CNN_FloatTensor:$scale, CNN_QuantizedTensor:$zero_point);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def CNN_ConvolutionIntegerOp : CNN_InferredOp<"convolution_integer", [AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<CNN_WindowOpInterface, ["getWindowShape"]>]> {
  let summary = "convolution of 8-bit integers with an i32 result";
  let description = [{
    sum (input - input_zero_point) * (filter - filter_zero_point); zero points
    are scalars, the filter's may be per output channel. Padding counts as zero.

    Constraints:
    - W1 to W5 of `WindowOpInterface`.
    - (C1) `input` and `filter` have 8-bit elements.
    - (C2) zero points have the element types of what they belong to.
    - (C3) the input's zero point has one element, the filter's one or shape (M).

    Example:
    ```mlir
    %y = cnn.convolution_integer %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
         : (tensor<1x3x8x8xui8>, tensor<4x3x3x3xi8>) -> tensor<1x4x6x6xi32>
    ```
  }];
  let arguments = (ins CNN_QuantizedTensor:$input, CNN_QuantizedTensor:$filter,
                       Optional<CNN_QuantizedTensor>:$input_zero_point, Optional<CNN_QuantizedTensor>:$filter_zero_point,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
                       DefaultValuedAttr<I64Attr, "1">:$group,
                       DefaultValuedAttr<CNN_AutoPadAttr, "AutoPad::Explicit">:$auto_pad);
  let results = (outs CNN_QuantizedTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $input `,` $filter (`input_zero_point` $input_zero_point^)? (`filter_zero_point` $filter_zero_point^)?
    `strides` $strides `pads` $pads `dilations` $dilations (`group` $group^)? (`auto_pad` $auto_pad^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_QLinearConvolutionOp : CNN_InferredOp<"qlinear_convolution",
    [DeclareOpInterfaceMethods<CNN_WindowOpInterface, ["getWindowShape"]>]> {
  let summary = "convolution of 8-bit integers, requantized";
  let description = [{
    saturate(round((sum (x - x_zp) * (w - w_zp) + bias) * (x_scale * w_scale / y_scale)) + y_zp);
    `bias` is i32; the filter's scale and zero point may be per output channel.

    Constraints:
    - W1 to W5 of `WindowOpInterface`.
    - (C1) `input`, `filter` and result have 8-bit elements.
    - (C2) zero points have the element types of what they belong to; the bias has
      i32 elements.
    - (C3) parameters have one element, those of the filter one or shape (M).
    - (C4) `bias` has shape (M).

    Example:
    ```mlir
    %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
         : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<4xi8>,
            tensor<f32>, tensor<ui8>) -> tensor<1x4x6x6xui8>
    ```
  }];
  let arguments = (ins CNN_QuantizedTensor:$input, CNN_FloatTensor:$input_scale, CNN_QuantizedTensor:$input_zero_point,
                       CNN_QuantizedTensor:$filter, CNN_FloatTensor:$filter_scale, CNN_QuantizedTensor:$filter_zero_point,
                       CNN_FloatTensor:$output_scale, CNN_QuantizedTensor:$output_zero_point,
                       Optional<CNN_QuantizedTensor>:$bias,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
                       DefaultValuedAttr<I64Attr, "1">:$group,
                       DefaultValuedAttr<CNN_AutoPadAttr, "AutoPad::Explicit">:$auto_pad);
  let results = (outs CNN_QuantizedTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $input `,` $input_scale `,` $input_zero_point `,` $filter `,` $filter_scale `,` $filter_zero_point `,`
    $output_scale `,` $output_zero_point (`bias` $bias^)?
    `strides` $strides `pads` $pads `dilations` $dilations (`group` $group^)? (`auto_pad` $auto_pad^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_MatmulIntegerOp : CNN_InferredOp<"matmul_integer", [AttrSizedOperandSegments]> {
  let summary = "matrix product of 8-bit integers with an i32 result";
  let description = [{
    Shapes as `cnn.matmul`; zero points are scalars, per row (lhs) or per column (rhs).

    Constraints:
    - (C1) shapes multiply as those of `cnn.matmul`.
    - (C2) operands have 8-bit elements.
    - (C3) zero points have the element types of what they belong to.
    - (C4) zero points have one element, or one for each row of `lhs` and column of
      `rhs`.

    Example:
    ```mlir
    %y = cnn.matmul_integer %a, %b : (tensor<2x4xui8>, tensor<4x3xi8>) -> tensor<2x3xi32>
    ```
  }];
  let arguments = (ins CNN_QuantizedTensor:$lhs, CNN_QuantizedTensor:$rhs,
                       Optional<CNN_QuantizedTensor>:$lhs_zero_point, Optional<CNN_QuantizedTensor>:$rhs_zero_point);
  let results = (outs CNN_QuantizedTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $lhs `,` $rhs (`lhs_zero_point` $lhs_zero_point^)? (`rhs_zero_point` $rhs_zero_point^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_QLinearMatmulOp : CNN_InferredOp<"qlinear_matmul"> {
  let summary = "matrix product of 8-bit integers, requantized";
  let description = [{
    saturate(round(sum (a - a_zp) * (b - b_zp) * (a_scale * b_scale / y_scale)) + y_zp).

    Constraints:
    - (C1) shapes multiply as those of `cnn.matmul`.
    - (C2) operands and result have 8-bit elements.
    - (C3) zero points have the element types of what they belong to.
    - (C4) parameters have one element, or one for each row (columns for `rhs`).

    Example:
    ```mlir
    %y = cnn.qlinear_matmul %a, %as, %az, %b, %bs, %bz, %ys, %yz
         : (tensor<2x4xui8>, tensor<f32>, tensor<ui8>, tensor<4x3xui8>, tensor<f32>, tensor<ui8>,
            tensor<f32>, tensor<ui8>) -> tensor<2x3xui8>
    ```
  }];
  let arguments = (ins CNN_QuantizedTensor:$lhs, CNN_FloatTensor:$lhs_scale, CNN_QuantizedTensor:$lhs_zero_point,
                       CNN_QuantizedTensor:$rhs, CNN_FloatTensor:$rhs_scale, CNN_QuantizedTensor:$rhs_zero_point,
                       CNN_FloatTensor:$output_scale, CNN_QuantizedTensor:$output_zero_point);
  let results = (outs CNN_QuantizedTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $lhs `,` $lhs_scale `,` $lhs_zero_point `,` $rhs `,` $rhs_scale `,` $rhs_zero_point `,`
    $output_scale `,` $output_zero_point attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_LookupOp : CNN_InferredOp<"lookup"> {
  let summary = "any function of a quantized number, by a table";
  let description = [{
    The stored integer v of the result is `table[u - lowest]`, where u is that of the
    input and `lowest` the least that eight bits can store (0, or -128 where signed).
    Activations of quantized numbers are computed when the network is compiled.

    Constraints:
    - (C1) `input` and result are quantized, with eight bits.
    - (C2) `table` has 256 entries; those of an unsigned result are its bits.

    Example:
    ```mlir
    %y = cnn.lookup %x table [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
         : (tensor<1x8x4x4x!quant.uniform<u8:f32, 0.1>>) -> tensor<1x8x4x4x!quant.uniform<u8:f32, 0.01>>
    ```
  }];
  let arguments = (ins CNN_UniformQuantizedTensor:$input, DenseI8ArrayAttr:$table);
  let results = (outs CNN_UniformQuantizedTensor:$output);
  let extraClassDeclaration = requantizedReturnTypes;
  let hasVerifier = 1;
  let assemblyFormat = "$input `table` $table attr-dict `:` functional-type(operands, results)";
}

def CNN_QuantizeOp : CNN_Op<"quantize", [SameOperandsAndResultShape]> {
  let summary = "real numbers as the nearest quantized ones";
  let description = [{
    What is stored is saturate(round(x / scale) + zero point): the quotient rounds
    to the real type, halves round to even. (`quant.qcast` leaves rounding open, and
    folds with `quant.dcast` as if nothing were lost.)

    Constraints:
    - (C1) the result has the shape of `input`, and its element type stands for that
      of `input`.

    Example:
    ```mlir
    %q = cnn.quantize %x : tensor<1x4xf32> to tensor<1x4x!quant.uniform<u8:f32, 0.5:128>>
    ```
  }];
  let arguments = (ins CNN_FloatTensor:$input);
  let results = (outs CNN_UniformQuantizedTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($output)";
  let extraClassDeclaration = [{
    ::mlir::quant::UniformQuantizedType getQuantizedType();
  }];
}

def CNN_DequantizeOp : CNN_Op<"dequantize", [SameOperandsAndResultShape]> {
  let summary = "the real numbers that quantized ones stand for";
  let description = [{
    (stored - zero point) * scale, rounded once to the real type.

    Constraints:
    - (C1) the result has the shape of `input`, and the element type that the input's
      stands for.

    Example:
    ```mlir
    %x = cnn.dequantize %q : tensor<1x4x!quant.uniform<u8:f32, 0.5:128>> to tensor<1x4xf32>
    ```
  }];
  let arguments = (ins CNN_AnyQuantizedTensor:$input);
  let results = (outs CNN_FloatTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($output)";
}
