//===- Passes.td - passes of the compress stage -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "mlir/Pass/PassBase.td"

/// A rewrite of one function of `cnn` ops.
class CompressPass<string flag> : Pass<flag, "::mlir::func::FuncOp"> {
  let dependentDialects = ["::mlir::arith::ArithDialect", "::winnow::cnn::CNNDialect", "::mlir::quant::QuantDialect"];
}

def QuantizeWeightsPass : CompressPass<"winnow-quantize-weights"> {
  let summary = "leaves few bits of weights that are used once a run";
  let description = [{
    ```mlir
    %y = cnn.convolution %x, %w ...     // before: %x : tensor<1x512x1x1xf32>, %w : a constant tensor<1000x512x1x1xf32>

    %wd = cnn.dequantize_linear %wi, %s axis 1 block_size 128      // after: tensor<1000x512x1x1xi8>, tensor<1000x4x1x1xf32>
    %y = cnn.convolution %x, %wd ...
    ```
    A product with one pixel (a fully connected layer) reads each weight once: memory decides its time. Its weights become
    integers of `bits`, with a scale for each group of input channels at which the sum of squared errors is least;
    activations stay f32, so that nothing has to be calibrated. A window as large as its input becomes such a product.
    Refuses convolutions whose weights meet more pixels or a batch of more than 4, groups, and fewer than 8192 weights.
  }];
  let options = [
    Option<"bits", "bits", "unsigned", "4", "Bits of a weight, 2 to 8">,
    Option<"group", "group", "int64_t", "128", "Input channels that share a scale, or a half, a quarter ... of them that divides all">];
}

def PruneMagnitudePass : CompressPass<"winnow-prune-magnitude"> {
  let summary = "makes the smallest weights of layers zero, without looking at data";
  let description = [{
    ```mlir
    %w = arith.constant dense<[[[[4.0]], [[-0.5]], [[3.0]], [[1.0]]]]> : tensor<1x4x1x1xf32>     // before
    %w = arith.constant dense<[[[[4.0]], [[0.0]], [[3.0]], [[0.0]]]]> : tensor<1x4x1x1xf32>      // after: sparsity=0.5
    ```
    In each convolution and each product with a constant matrix, those weights go whose squares are least, until
    `sparsity` of the layer's weights is zero. `pattern` says which go together, the least sum of squares first, as for
    `winnowc --prune`: `any`; `1x4` (adjacent output channels x input channels at one tap); `kernel` (all taps of an
    input channel in one output channel); or `2:4`, where of 4 adjacent input channels at a tap 2 stay, and `sparsity`
    says nothing. What is left stays as it is, no bias is corrected: `winnowc --prune` with calibration data loses far
    less, this is for comparisons and for networks that are trained on.

    Stays as it is, with a missed remark: a layer whose channels are in groups (depthwise ones too), and one whose
    weights are not constant f32. The pattern `channel` is refused: what other layers read cannot be decided alone.
  }];
  let options = [
    Option<"sparsity", "sparsity", "double", "0", "Part of each layer's weights that becomes zero, above 0 and below 1">,
    Option<"pattern", "pattern", "std::string", "\"any\"", "Which weights go together: any, ROWSxCHANNELS, KEEP:OF or kernel">];
  let statistics = [Statistic<"numLayers", "layers", "Layers that lost weights">];
}

def TypeQuantizationPass : CompressPass<"winnow-type-quantization"> {
  let summary = "writes constant scales and zero points as types";
  let description = [{
    ```mlir
    %xq = cnn.quantize_linear %x, %s zero_point %z axis 1                     // before: %s, %z constant
    %xd = cnn.dequantize_linear %xq, %s zero_point %z axis 1
    %wd = cnn.dequantize_linear %w, %ws axis 0

    %xq = cnn.quantize %x : tensor<1x3x8x8xf32> to tensor<1x3x8x8x!quant.uniform<u8:f32, 0.5:128>>   // after
    %xd = cnn.dequantize %xq : ... to tensor<1x3x8x8xf32>
    %ws = quant.scast %w : tensor<4x3x3x3xi8> to tensor<4x3x3x3x!quant.uniform<i8:f32:0, {0.1, 0.2, 0.3, 0.4}>>
    %wd = cnn.dequantize %ws : ... to tensor<4x3x3x3xf32>
    ```
    `cnn.qlinear_convolution` with constant parameters becomes `cnn.convolution` on such types. Constants of unsigned
    integers become signed ones with zero points 128 less. Stays as it is: scales that are not constant, not positive
    normal numbers of f32, or in blocks; zero points that the stored type cannot hold.
  }];
}

def FuseQuantizationPass : CompressPass<"winnow-fuse-quantization"> {
  let summary = "makes islands of (de)quantized ops ops on integers";
  let description = [{
    ```mlir
    %x = cnn.dequantize %xq ...
    %w = cnn.dequantize %wq ...
    %c = cnn.convolution %x, %w bias (cnn.dequantize %bq) residual (cnn.dequantize %rq) ... activation <relu>
    %y = cnn.quantize %c ...                                                      // before
    %y = cnn.convolution %xq, %wq bias %b residual %rq ... activation <relu>     // after: on integers
    ```
    Convolutions, fully connected layers (as convolutions of one pixel), sums, products and averages take the
    quantization into themselves; without one behind them, convolutions and averages give real numbers. Ops that only
    move elements do so with the integers. Functions of one number become `cnn.lookup`. A real bias is rounded to i32
    with the scale of the sums (input scale * filter scale).

    Sums of integers are exact, sums of dequantized values are not: rounding would then depend on the order of the
    additions.
  }];
}

def FoldDequantizedPass : CompressPass<"winnow-fold-dequantized"> {
  let summary = "computes dequantized constants that are left";
  let description = [{
    `cnn.dequantize` of stored constants (weights of layers that stay real) becomes a constant of real numbers, and
    `cnn.dequantize_linear` too, unless all who use it are products that read the integers (cnn::getPackedFilter).
  }];
}

def ConvertPrecisionPass : CompressPass<"winnow-convert-precision"> {
  let summary = "stores values between layers and filters in 16 bits";
  let description = [{
    ```mlir
    %y = cnn.convolution %x, %w bias %b ... : (tensor<1x8x4x4xf32>, tensor<8x8x3x3xf32>, tensor<8xf32>)
                                              -> tensor<1x8x4x4xf32>                             // before
    %h = cnn.cast %x : tensor<1x8x4x4xf32> to tensor<1x8x4x4xf16>                                // after
    %y = cnn.convolution %h, %w bias %b ... : (tensor<1x8x4x4xf16>, tensor<8x8x3x3xf16>, tensor<8xf32>)
                                              -> tensor<1x8x4x4xf32>
    ```
    Convolutions with constant filters take 16-bit operands; their bias stays f32. What lies between two of them (pools,
    activations, sums, products, concatenations, movements) works on 16 bits too; what lies before the first or behind
    the last of them stays f32, as the results of the network do. Each op still computes in f32 and rounds once, to
    nearest even, when it stores (see the Compress page).

    A convolution of at most four channels of f32 (a picture) reads them, and its filter, as they are and writes 16 bits.

    A filter with numbers that the type cannot hold leaves its layer in f32, with a missed remark; so does each layer
    whose node name is in `keep`.
  }];
  let options = [
    Option<"precision", "precision", "std::string", "\"bf16\"", "The type: bf16 or f16">,
    ListOption<"keep", "keep", "std::string", "Names of layers that stay f32">,
  ];
  let statistics = [Statistic<"numLayers", "layers", "Layers that read 16 bits">];
}

def DifferentiatePass : CompressPass<"winnow-differentiate"> {
  let summary = "lets a network return derivatives by its arguments";
  let description = [{
    ```mlir
    func.func @main(%x: tensor<1x8xf32>) -> tensor<1x4xf32> {                        // before
      %y = cnn.gemm %x, %w ...
      return %y
    }
    func.func @main(%x: tensor<1x8xf32>, %seed: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x8xf32>) {   // after
      %y = cnn.gemm %x, %w ...
      %dx = cnn.gemm %seed, %w ...
      return %y, %dx
    }
    ```
    The last results are the derivatives of sum_i seed_i * y_i, y being the first result, by each argument of f32: one
    sweep backwards, in ops of the dialect. Where functions bend (rectifiers) it is the derivative from the left, of equal
    maxima the first one gets all. Fails where an op in between has no known derivative, or a result does not depend on
    an argument.
  }];
}
