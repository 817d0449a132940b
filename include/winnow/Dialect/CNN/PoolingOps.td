//===- PoolingOps.td - pools over windows and over whole feature maps -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "winnow/Dialect/CNN/CNNAttributes.td"
include "winnow/Dialect/CNN/CNNInterfaces.td"

class CNN_PoolOp<string mnemonic, dag extraArguments, dag outputs, TypeConstraint element = CNN_NumberTensor>
    : CNN_InferredOp<mnemonic, [DeclareOpInterfaceMethods<CNN_WindowOpInterface, ["getWindowShape"]>]> {
  let arguments = !con((ins element:$input, DenseI64ArrayAttr:$kernel,
                            DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
                            DefaultValuedAttr<BoolAttr, "false">:$ceil_mode,
                            DefaultValuedAttr<CNN_AutoPadAttr, "AutoPad::Explicit">:$auto_pad), extraArguments);
  let results = outputs;
  let hasVerifier = 1;
}

def CNN_MaxPoolOp : CNN_PoolOp<"max_pool", (ins), (outs CNN_NumberOrQuantizedTensor:$output),
    CNN_NumberOrQuantizedTensor> {
  let summary = "maximum over a window";
  let description = [{
    Padding never wins. Output extent as a convolution's; with `ceil_mode` the
    division rounds up, except for windows that would start in the end padding.

    Constraints:
    - W1 to W5 of `WindowOpInterface`, with pads below the span of the window.

    Example:
    ```mlir
    %y = cnn.max_pool %x kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
         : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
    ```
  }];
  let assemblyFormat = [{
    $input `kernel` $kernel `strides` $strides `pads` $pads `dilations` $dilations
    (`ceil_mode` $ceil_mode^)? (`auto_pad` $auto_pad^)? attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_MaxPoolWithIndicesOp : CNN_PoolOp<"max_pool_with_indices",
    (ins DefaultValuedAttr<I64Attr, "0">:$storage_order),
    (outs CNN_NumberTensor:$output, CNN_I64Tensor:$indices)> {
  let summary = "maximum over a window and where it was found";
  let description = [{
    `indices` are flat positions in the whole input tensor, rows first
    (`storage_order` 0) or columns first (1).

    Constraints:
    - W1 to W5 of `WindowOpInterface`, with pads below the span of the window.
    - (C1) `storage_order` is 0 or 1.

    Example:
    ```mlir
    %y, %i = cnn.max_pool_with_indices %x kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
         : (tensor<1x8x8x8xf32>) -> (tensor<1x8x4x4xf32>, tensor<1x8x4x4xi64>)
    ```
  }];
  let assemblyFormat = [{
    $input `kernel` $kernel `strides` $strides `pads` $pads `dilations` $dilations
    (`ceil_mode` $ceil_mode^)? (`auto_pad` $auto_pad^)? (`storage_order` $storage_order^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_AveragePoolOp : CNN_PoolOp<"average_pool",
    (ins DefaultValuedAttr<BoolAttr, "false">:$count_include_pad), (outs CNN_FloatOrQuantizedTensor:$output),
    CNN_FloatOrQuantizedTensor> {
  let summary = "mean over a window";
  let description = [{
    The divisor counts elements of the input only, or of the padding too with
    `count_include_pad` (never positions beyond the padding).

    Of quantized elements: t = f32(sum of (x - zero point)) * (sx / (sy * divisor))
    in f32, where the factor's divisor and scales are f32 too; the result is t
    rounded (halves to even) plus its zero point, saturated. An f32 result has
    the factor sx / divisor.

    Constraints:
    - W1 to W5 of `WindowOpInterface`, with pads below the span of the window.
    - (Q) a quantized input has a quantized result, or one of the real type.

    Example:
    ```mlir
    %y = cnn.average_pool %x kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
         : (tensor<1x8x8x8xf32>) -> tensor<1x8x4x4xf32>
    ```
  }];
  let assemblyFormat = [{
    $input `kernel` $kernel `strides` $strides `pads` $pads `dilations` $dilations
    (`ceil_mode` $ceil_mode^)? (`auto_pad` $auto_pad^)? (`count_include_pad` $count_include_pad^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = requantizedReturnTypes;
}

def CNN_LpPoolOp : CNN_PoolOp<"lp_pool", (ins DefaultValuedAttr<I64Attr, "2">:$p), (outs CNN_FloatTensor:$output)> {
  let summary = "p-norm over a window";
  let description = [{
    y = (sum |x|^p)^(1/p) over the window.

    Constraints:
    - W1 to W5 of `WindowOpInterface`, with pads below the span of the window.
    - (C1) `p` is at least 1.

    Example:
    ```mlir
    %y = cnn.lp_pool %x kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] p 3
         : (tensor<1x8x8x8xf32>) -> tensor<1x8x4x4xf32>
    ```
  }];
  let assemblyFormat = [{
    $input `kernel` $kernel `strides` $strides `pads` $pads `dilations` $dilations
    (`ceil_mode` $ceil_mode^)? (`auto_pad` $auto_pad^)? (`p` $p^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_GlobalPoolOp : CNN_InferredOp<"global_pool"> {
  let summary = "one value for each feature map";
  let description = [{
    Mean, maximum or p-norm over all spatial dimensions, which keep extent 1.
    A mean of quantized elements is that of `cnn.average_pool`.

    Constraints:
    - (C1) `input` has rank 3 or more.
    - (C2) `p` is at least 1.
    - (Q) of a quantized input, the result of a mean has a quantization of its own or
      the real type, a maximum keeps it, and there are no norms.

    Example:
    ```mlir
    %y = cnn.global_pool average %x : (tensor<1x8x7x7xf32>) -> tensor<1x8x1x1xf32>
    ```
  }];
  let arguments = (ins CNN_PoolKindAttr:$kind, CNN_FloatOrQuantizedTensor:$input, DefaultValuedAttr<I64Attr, "2">:$p);
  let results = (outs CNN_FloatOrQuantizedTensor:$output);
  let extraClassDeclaration = requantizedReturnTypes;
  let hasVerifier = 1;
  let assemblyFormat = "$kind $input (`p` $p^)? attr-dict `:` functional-type(operands, results)";
}

def CNN_MaxUnpoolOp : CNN_Op<"max_unpool"> {
  let summary = "puts pooled values back where their indices point";
  let description = [{
    The output is zero except at the flat positions `indices`.

    Constraints:
    - (C1) `input` has 1 to 3 spatial dimensions.
    - (C2) `indices` has the shape of `input`.
    - (C3) the result has the element type, rank, batch and channels of `input`.

    Example:
    ```mlir
    %y = cnn.max_unpool %x, %i : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xi64>) -> tensor<1x1x4x4xf32>
    ```
  }];
  let arguments = (ins CNN_FloatTensor:$input, CNN_I64Tensor:$indices);
  let results = (outs CNN_FloatTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$input `,` $indices attr-dict `:` functional-type(operands, results)";
}
