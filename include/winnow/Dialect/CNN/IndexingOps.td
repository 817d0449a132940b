//===- IndexingOps.td - gathers and scatters -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "winnow/Dialect/CNN/CNNAttributes.td"
include "winnow/Dialect/CNN/CNNInterfaces.td"

class CNN_ScatterOp<string mnemonic, dag extra> : CNN_InferredOp<mnemonic> {
  let arguments = !con((ins CNN_Tensor:$input, CNN_IndexTensor:$indices, CNN_Tensor:$updates,
                            DefaultValuedAttr<CNN_ScatterKindAttr, "ScatterKind::Replace">:$reduction), extra);
  let results = (outs CNN_Tensor:$output);
  let hasVerifier = 1;
}

def CNN_GatherOp : CNN_InferredOp<"gather"> {
  let summary = "slices along an axis, chosen by index";
  let description = [{
    y[a..., i..., b...] = x[a..., indices[i...], b...]; negative indices count
    from the end.

    Constraints:
    - (C1) `axis` is in [0, rank).

    Example:
    ```mlir
    %y = cnn.gather %x, %i axis 1 : (tensor<2x8xf32>, tensor<3xi64>) -> tensor<2x3xf32>
    ```
  }];
  let arguments = (ins CNN_MovableTensor:$input, CNN_IndexTensor:$indices, I64Attr:$axis);
  let results = (outs CNN_MovableTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$input `,` $indices `axis` $axis attr-dict `:` functional-type(operands, results)";
}

def CNN_GatherElementsOp : CNN_InferredOp<"gather_elements"> {
  let summary = "one element per index along an axis";
  let description = [{
    y[i,j] = x[indices[i,j], j] for axis 0, and so on; the result has the shape of `indices`.

    Constraints:
    - (C1) `axis` is in [0, rank).
    - (C2) `indices` has the rank of `input`, and outside `axis` at most its
      extents.

    Example:
    ```mlir
    %y = cnn.gather_elements %x, %i axis 0 : (tensor<4x2xf32>, tensor<3x2xi64>) -> tensor<3x2xf32>
    ```
  }];
  let arguments = (ins CNN_Tensor:$input, CNN_IndexTensor:$indices, I64Attr:$axis);
  let results = (outs CNN_Tensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$input `,` $indices `axis` $axis attr-dict `:` functional-type(operands, results)";
}

def CNN_GatherNDOp : CNN_InferredOp<"gather_nd"> {
  let summary = "slices chosen by tuples of indices";
  let description = [{
    The last dimension of `indices` holds tuples; the first `batch_dims`
    dimensions are shared.

    Constraints:
    - (C1) `batch_dims` is at least 0 and below both ranks.
    - (C2) tuples have a static extent from 1 to the rank without batch dimensions.
    - (C3) the batch dimensions of both are equal.

    Example:
    ```mlir
    %y = cnn.gather_nd %x, %i : (tensor<2x2xf32>, tensor<3x2xi64>) -> tensor<3xf32>
    ```
  }];
  let arguments = (ins CNN_Tensor:$input, CNN_IndexTensor:$indices, DefaultValuedAttr<I64Attr, "0">:$batch_dims);
  let results = (outs CNN_Tensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$input `,` $indices (`batch_dims` $batch_dims^)? attr-dict `:` functional-type(operands, results)";
}

def CNN_ScatterElementsOp : CNN_ScatterOp<"scatter_elements", (ins I64Attr:$axis)> {
  let summary = "the input with single elements replaced or combined along an axis";
  let description = [{
    Constraints:
    - (C1) `axis` is in [0, rank).
    - (C2) `indices` has the rank of `input`, and outside `axis` at most its
      extents.
    - (C3) `updates` has the shape of `indices` and the element type of `input`.

    Example:
    ```mlir
    %y = cnn.scatter_elements %x, %i, %u reduction add axis 0
         : (tensor<4x2xf32>, tensor<1x2xi64>, tensor<1x2xf32>) -> tensor<4x2xf32>
    ```
  }];
  let assemblyFormat = [{
    $input `,` $indices `,` $updates (`reduction` $reduction^)? `axis` $axis
    attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_ScatterNDOp : CNN_ScatterOp<"scatter_nd", (ins)> {
  let summary = "the input with slices replaced or combined at tuples of indices";
  let description = [{
    Constraints:
    - (C1) `indices` has rank 1 or more; its tuples have a static extent from 1 to
      the rank of `input`.
    - (C2) `updates` has shape indices[:-1] + input[tuple:] and the element type of
      `input`.

    Example:
    ```mlir
    %y = cnn.scatter_nd %x, %i, %u : (tensor<4xf32>, tensor<2x1xi64>, tensor<2xf32>) -> tensor<4xf32>
    ```
  }];
  let assemblyFormat = [{
    $input `,` $indices `,` $updates (`reduction` $reduction^)? attr-dict `:` functional-type(operands, results)
  }];
}
