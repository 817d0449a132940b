//===- ReductionOps.td - reductions, extrema and selection -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "winnow/Dialect/CNN/CNNAttributes.td"
include "winnow/Dialect/CNN/CNNInterfaces.td"

def CNN_ReduceOp : CNN_InferredOp<"reduce"> {
  let summary = "reduction over axes";
  let description = [{
    Sum, mean, max, min, prod, l1, l2, log_sum, log_sum_exp or sum_square over
    `axes` (not negative, ascending; all dimensions when empty is not meant:
    list them). Reduced dimensions keep extent 1 with `keep_dims`.

    Constraints:
    - (C1) `axes` are in [0, rank) and ascending.
    - (C2) bool elements have a maximum and a minimum only.

    Example:
    ```mlir
    %y = cnn.reduce mean %x axes [2, 3] keep_dims true : (tensor<1x4x8x8xf32>) -> tensor<1x4x1x1xf32>
    ```
  }];
  let arguments = (ins CNN_ReductionKindAttr:$kind, CNN_Tensor:$input, DenseI64ArrayAttr:$axes,
                       DefaultValuedAttr<BoolAttr, "false">:$keep_dims);
  let results = (outs CNN_Tensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$kind $input `axes` $axes (`keep_dims` $keep_dims^)? attr-dict `:` functional-type(operands, results)";
}

class CNN_ArgOp<string mnemonic> : CNN_InferredOp<mnemonic> {
  let arguments = (ins CNN_NumberTensor:$input, I64Attr:$axis, DefaultValuedAttr<BoolAttr, "false">:$keep_dims,
                       DefaultValuedAttr<BoolAttr, "false">:$select_last);
  let results = (outs CNN_I64Tensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $input `axis` $axis (`keep_dims` $keep_dims^)? (`select_last` $select_last^)?
    attr-dict `:` functional-type(operands, results)
  }];
}
def CNN_ArgMaxOp : CNN_ArgOp<"arg_max"> {
  let summary = "position of the maximum along an axis";
  let description = [{
    Of equal elements the first counts, or the last with `select_last`.

    Constraints:
    - (C1) `axis` is in [0, rank).

    Example:
    ```mlir
    %y = cnn.arg_max %x axis 1 keep_dims true : (tensor<2x8xf32>) -> tensor<2x1xi64>
    ```
  }];
}
def CNN_ArgMinOp : CNN_ArgOp<"arg_min"> {
  let summary = "position of the minimum along an axis";
  let description = [{
    Of equal elements the first counts, or the last with `select_last`.

    Constraints:
    - (C1) `axis` is in [0, rank).

    Example:
    ```mlir
    %y = cnn.arg_min %x axis 1 : (tensor<2x8xf32>) -> tensor<2xi64>
    ```
  }];
}

def CNN_TopKOp : CNN_InferredOp<"top_k"> {
  let summary = "the k largest or smallest elements along an axis";
  let description = [{
    Sorted (best first); of equal elements the one with the lower index is first.

    Constraints:
    - (C1) `axis` is in [0, rank).
    - (C2) `k` is in [0, extent of `axis`].

    Example:
    ```mlir
    %v, %i = cnn.top_k %x k 3 axis 1 : (tensor<2x8xf32>) -> (tensor<2x3xf32>, tensor<2x3xi64>)
    ```
  }];
  let arguments = (ins CNN_NumberTensor:$input, I64Attr:$k, I64Attr:$axis,
                       DefaultValuedAttr<BoolAttr, "true">:$largest);
  let results = (outs CNN_NumberTensor:$values, CNN_I64Tensor:$indices);
  let hasVerifier = 1;
  let assemblyFormat = "$input `k` $k `axis` $axis (`largest` $largest^)? attr-dict `:` functional-type(operands, results)";
}

def CNN_CumSumOp : CNN_InferredOp<"cum_sum"> {
  let summary = "running sums along an axis";
  let description = [{
    `exclusive` leaves an element out of its own sum; `reverse` runs from the end.

    Constraints:
    - (C1) `axis` is in [0, rank).

    Example:
    ```mlir
    %y = cnn.cum_sum %x axis 1 : (tensor<2x8xf32>) -> tensor<2x8xf32>
    ```
  }];
  let arguments = (ins CNN_NumberTensor:$input, I64Attr:$axis, DefaultValuedAttr<BoolAttr, "false">:$exclusive,
                       DefaultValuedAttr<BoolAttr, "false">:$reverse);
  let results = (outs CNN_NumberTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $input `axis` $axis (`exclusive` $exclusive^)? (`reverse` $reverse^)? attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_NonMaxSuppressionOp : CNN_InferredOp<"non_max_suppression"> {
  let summary = "keeps the best of boxes that overlap";
  let description = [{
    `boxes` (batch, n, 4), `scores` (batch, classes, n). For each batch and class
    at most `max_output` boxes are taken by falling score (above
    `score_threshold` where given), unless one already taken overlaps by more
    than `iou_threshold`. The result has one row (batch, class, box) per box
    taken: its first extent is only known at run time.

    Constraints:
    - (C1) `boxes` has shape (batch, n, 4).
    - (C2) `scores` has shape (batch, classes, n).
    - (C3) `max_output` is at least 0.
    - (C4) `iou_threshold` is in [0, 1].

    Example:
    ```mlir
    %i = cnn.non_max_suppression %b, %s max_output 3 iou_threshold 0.5
         : (tensor<1x6x4xf32>, tensor<1x1x6xf32>) -> tensor<?x3xi64>
    ```
  }];
  let arguments = (ins CNN_FloatTensor:$boxes, CNN_FloatTensor:$scores, I64Attr:$max_output,
                       F64Attr:$iou_threshold, OptionalAttr<F64Attr>:$score_threshold,
                       DefaultValuedAttr<BoolAttr, "false">:$center_point_box);
  let results = (outs CNN_I64Tensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $boxes `,` $scores `max_output` $max_output `iou_threshold` $iou_threshold
    (`score_threshold` $score_threshold^)? (`center_point_box` $center_point_box^)?
    attr-dict `:` functional-type(operands, results)
  }];
}
