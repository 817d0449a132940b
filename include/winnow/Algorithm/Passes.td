//===- Passes.td - passes of the Algorithm room -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_ALGORITHM_PASSES
#define WINNOW_ALGORITHM_PASSES

include "mlir/Pass/PassBase.td"

def StoreUnsignedPass : Pass<"winnow-store-unsigned", "::mlir::ModuleOp"> {
  let summary = "Store quantized activations without a sign";
  let description = [{
    x86 multiplies unsigned bytes by signed ones: activations by weights. A number
    that is stored as q with zero point z in signed bytes is stored as q + 128 with
    zero point z + 128 in unsigned ones; nothing that is computed changes. Filters
    keep their sign. Where integers enter or leave the network, `cnn.lookup` changes
    them.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::winnow::cnn::CNNDialect"];
}

def ExpandQuantizedConvolutionPass : Pass<"winnow-expand-quantized-convolution", "::mlir::ModuleOp"> {
  let summary = "Compute quantized convolutions in single precision where that is exact";
  let description = [{
    f32 holds every integer up to 2^24, so a sum of integer products that stays
    below it is exact in any order, and the fast f32 kernels serve where integer ones
    do not: filters with zero points of their own may have weights of nine bits. Where
    the constants cannot promise that, the op stays. The convolution is marked
    `winnow.exact`: transforms such as Winograd's would round.

    ```mlir
    %y = cnn.convolution %x, %w bias %b residual %r ...      // on quantized types
    ```
    becomes
    ```mlir
    %c = cnn.convolution (integers of %x), (%w - zero point) bias %b ... {winnow.exact}     // f32
    %m = cnn.mul %c, (sx * sw / sy)
    %a = cnn.add %m, (cnn.mul (integers of %r), (sr / sy))
    %y = cnn.quantize %a : ...!quant.uniform<u8:f32, 1.0:...>
    ```
    between `quant.scast`s to scales of 1 and back.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::winnow::cnn::CNNDialect", "::mlir::quant::QuantDialect"];
}

def AssignLayoutsPass : Pass<"winnow-assign-layouts", "::mlir::ModuleOp"> {
  let summary = "Decide for every feature map how it lies in memory";
  let description = [{
    Convolutions write `#cnn.layout<block = b>`, b being the f32 lanes of the
    target (`winnow.target`). Pools, activations, elementwise ops and channel
    concatenations keep what their operands have; per-channel constants and
    squeezed maps (N, C, 1, 1) follow the map they meet. A convolution of few
    plain channels (a network's first layer) reads them as they are. Everything
    else works on plain tensors. `cnn.convert_layout` stands where a value is
    needed in the other form, once for all its users.

    ```mlir
    %y = cnn.convolution %x, %w ... : (tensor<1x3x8x8xf32>, ...) -> tensor<1x32x8x8xf32>
    %z = cnn.relu %y : (tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32>
    return %z
    ```
    becomes
    ```mlir
    %y = cnn.convolution %x, %w ... -> tensor<1x32x8x8xf32, #cnn.layout<block = 16>>
    %z = cnn.relu %y : ... -> tensor<1x32x8x8xf32, #cnn.layout<block = 16>>
    %p = cnn.convert_layout %z : ... -> tensor<1x32x8x8xf32>
    return %p
    ```
  }];
  let options = [
    Option<"block", "block", "int64_t", /*default=*/"0", "Channels of a block; 0: the f32 lanes of the target">
  ];
  let statistics = [Statistic<"numConversions", "num-conversions", "Layout conversions inserted">];
  let dependentDialects = ["::winnow::cnn::CNNDialect"];
}

def SelectAlgorithmsPass : Pass<"winnow-select-algorithms", "::mlir::ModuleOp"> {
  let summary = "Decide how each convolution is computed";
  let description = [{
    Writes `#cnn.algorithm<kind, pixels = p, channels = c>` on every
    `cnn.convolution` that does not carry one: the cheapest legal algorithm by
    the cost models of the room (cycles of register tiles) with its best tile.
    Each decision leaves an analysis remark (category `algorithm`).

    With `algorithm` one kind is forced wherever it is legal, whatever it costs;
    a convolution where it is not keeps the automatic choice, and a missed
    remark says why.

    A convolution that is computed without the zeros of its filter gets
    `winnow.sparse = #cnn.sparse<...>`: how the filter will be stored.
  }];
  let options = [
    Option<"algorithm", "algorithm", "std::string", /*default=*/"\"\"",
           "The kind to use wherever it is legal; empty: the cheapest">,
    Option<"explain", "explain", "bool", /*default=*/"false",
           "Leave what every model says as `winnow.predicted`, for reports">,
    Option<"sparsity", "sparsity", "bool", /*default=*/"true",
           "Compute convolutions without the zeros of their filters where that is faster">
  ];
  let dependentDialects = ["::winnow::cnn::CNNDialect"];
}

#endif // WINNOW_ALGORITHM_PASSES
