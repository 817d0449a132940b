//===- Passes.td - passes between cnn and other dialects ---*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "mlir/Pass/PassBase.td"

def ConvertTosaToCNNPass : Pass<"winnow-convert-tosa-to-cnn", "::mlir::func::FuncOp"> {
  let summary = "turns tosa ops into cnn ops";
  let description = [{
    Every `tosa` op of the function becomes `cnn` ops of the same meaning. TOSA
    keeps channels last and cnn keeps them first: windows get a transpose before
    and behind, which `winnow-cancel-transposes` removes between neighbours.

    An op that cnn cannot express (integer arithmetic with zero points, tables,
    Fourier transforms, ...) is an error that says why. as
    it was before.

    ```mlir
    %y = tosa.add %a, %b : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>   // before
    %y = cnn.add %a, %b : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>    // after
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::winnow::cnn::CNNDialect"];
}

def ConvertLinalgToCNNPass : Pass<"winnow-convert-linalg-to-cnn", "::mlir::func::FuncOp"> {
  let summary = "turns linalg, tensor and arith ops on tensors into cnn ops";
  let description = [{
    Named convolutions, pools and matrix products become the cnn op of the same
    meaning. All other structured ops are first written as `linalg.generic`: one
    without reductions becomes elementwise cnn ops, one for each op of its body,
    on operands that are transposed and reshaped as their maps say; one that
    reduces becomes `cnn.einsum` where it is a sum of products, else
    `cnn.reduce`. `tensor.pad`, reshapes, slices and concatenations become their
    counterparts; `linalg.fill` and `tensor.empty` vanish into their users.

    An op that cnn cannot express is an error that says why.

  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::winnow::cnn::CNNDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ConvertCNNToLinalgPass : Pass<"winnow-convert-cnn-to-linalg", "::mlir::func::FuncOp"> {
  let summary = "turns cnn ops into linalg on tensors";
  let description = [{
    The way out, for other compilers: convolutions, pools and matrix products
    become named linalg ops (with their padding as `tensor.pad`), epilogues and
    elementwise ops `linalg.generic` on scalars of `arith` and `math`, movements
    `linalg.transpose` and ops of `tensor`. Layouts are dropped: run it after the
    graph phase, before the algorithm phase.

    An op without a counterpart is an error that says why.

  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}
