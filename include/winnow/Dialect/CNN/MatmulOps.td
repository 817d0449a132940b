//===- MatmulOps.td - matrix products -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "winnow/Dialect/CNN/CNNAttributes.td"
include "winnow/Dialect/CNN/CNNInterfaces.td"

def CNN_MatmulOp : CNN_InferredOp<"matmul"> {
  let summary = "matrix product with numpy's batching";
  let description = [{
    The last two dimensions are multiplied as matrices, leading ones broadcast;
    a 1-D operand is a row (lhs) or a column (rhs) whose dimension vanishes.

    Constraints:
    - (C1) both operands have rank 1 or more.
    - (C2) the inner extents are equal.
    - (C3) the leading dimensions broadcast.
    - (C4) both operands have one element type.

    Example:
    ```mlir
    %y = cnn.matmul %a, %b : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
    ```
  }];
  let arguments = (ins CNN_NumberTensor:$lhs, CNN_NumberTensor:$rhs);
  let results = (outs CNN_NumberTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
}

def CNN_GemmOp : CNN_InferredOp<"gemm"> {
  let summary = "alpha * A' * B' + beta * C: a fully connected layer";
  let description = [{
    A' and B' are `lhs` and `rhs`, transposed where the flag says so. `addend`
    broadcasts to the result (M, N). `activation` is the epilogue.

    Constraints:
    - (C1) `lhs` and `rhs` have rank 2.
    - (C2) the inner extents of A' and B' are equal.
    - (C3) all operands have one element type.
    - (C4) `addend` broadcasts to the result.

    Example:
    ```mlir
    %y = cnn.gemm %a, %b addend %c transpose_rhs true
         : (tensor<1x64xf32>, tensor<10x64xf32>, tensor<10xf32>) -> tensor<1x10xf32>
    ```
  }];
  let arguments = (ins CNN_NumberTensor:$lhs, CNN_NumberTensor:$rhs, Optional<CNN_NumberTensor>:$addend,
                       DefaultValuedAttr<F64Attr, "1.0">:$alpha, DefaultValuedAttr<F64Attr, "1.0">:$beta,
                       DefaultValuedAttr<BoolAttr, "false">:$transpose_lhs,
                       DefaultValuedAttr<BoolAttr, "false">:$transpose_rhs,
                       OptionalAttr<CNN_ActivationAttr>:$activation);
  let results = (outs CNN_NumberTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $lhs `,` $rhs (`addend` $addend^)? (`alpha` $alpha^)? (`beta` $beta^)?
    (`transpose_lhs` $transpose_lhs^)? (`transpose_rhs` $transpose_rhs^)? (`activation` $activation^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_EinsumOp : CNN_InferredOp<"einsum"> {
  let summary = "sum of products in Einstein's notation";
  let description = [{
    `equation` names each dimension of each operand with a letter (`...` for
    broadcast ones); letters that are missing from the result are summed over.

    Constraints:
    - (C1) the equation has one term for each operand, of which there is at least
      one.
    - (C2) a term has one letter for each dimension, or an ellipsis for those it
      leaves out.
    - (C3) each label of the result occurs there once and in an operand.
    - (C4) equal labels have equal extents; dimensions under an ellipsis broadcast.
    - (C5) all operands have one element type.

    Example:
    ```mlir
    %y = cnn.einsum "bij,bjk->bik" %a, %b : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
    ```
  }];
  let arguments = (ins StrAttr:$equation, Variadic<CNN_NumberTensor>:$inputs);
  let results = (outs CNN_NumberTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$equation $inputs attr-dict `:` functional-type(operands, results)";
}
