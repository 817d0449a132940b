//===- ShapeOps.td - ops that move or describe data without computing -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "winnow/Dialect/CNN/CNNAttributes.td"
include "winnow/Dialect/CNN/CNNInterfaces.td"

def CNN_ReshapeOp : CNN_Op<"reshape"> {
  let summary = "the same elements in another shape";
  let description = [{
    Row-major order stays. Flatten, Squeeze and Unsqueeze of ONNX are reshapes
    too. At most one extent of the result may be dynamic, unless `shape` (1-D)
    gives the extents at run time.

    Constraints:
    - (C1) input and result have one element type.
    - (C2) input and result have equally many elements.
    - (C3) at most one extent of the result is dynamic unless there is a `shape`.
    - (C4) `shape` is 1-D with one element for each dimension of the result.

    Example:
    ```mlir
    %y = cnn.reshape %x : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
    ```
  }];
  let arguments = (ins CNN_MovableTensor:$input, Optional<CNN_I64Tensor>:$shape);
  let results = (outs CNN_MovableTensor:$output);
  let hasVerifier = 1;
  let hasFolder = 1;
  let assemblyFormat = "$input (`shape` $shape^)? attr-dict `:` functional-type(operands, results)";
}

def CNN_TransposeOp : CNN_InferredOp<"transpose"> {
  let summary = "dimensions in another order";
  let description = [{
    Dimension i of the result is dimension `permutation[i]` of the input.

    Constraints:
    - (C1) `permutation` holds each of 0 to rank - 1 once.

    Example:
    ```mlir
    %y = cnn.transpose %x permutation [0, 2, 3, 1] : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
    ```
  }];
  let arguments = (ins CNN_MovableTensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs CNN_MovableTensor:$output);
  let hasVerifier = 1;
  let hasFolder = 1;
  let assemblyFormat = "$input `permutation` $permutation attr-dict `:` functional-type(operands, results)";
}

def CNN_ExpandOp : CNN_Op<"expand"> {
  let summary = "broadcast to a shape";
  let description = [{
    Dimensions align from the right; an extent of 1 is repeated. `shape` (1-D)
    gives dynamic extents that the input does not have.

    Constraints:
    - (C1) input and result have one element type.
    - (C2) the input broadcasts to the result.
    - (C3) `shape` is 1-D with one element for each dimension of the result.
    - (C4) without `shape`, dynamic extents are those of the input.

    Example:
    ```mlir
    %y = cnn.expand %x : (tensor<3x1xf32>) -> tensor<2x3x4xf32>
    ```
  }];
  let arguments = (ins CNN_MovableTensor:$input, Optional<CNN_I64Tensor>:$shape);
  let results = (outs CNN_MovableTensor:$output);
  let hasVerifier = 1;
  let hasFolder = 1;
  let assemblyFormat = "$input (`shape` $shape^)? attr-dict `:` functional-type(operands, results)";
}

def CNN_TileOp : CNN_InferredOp<"tile"> {
  let summary = "repetition along each dimension";
  let description = [{
    Constraints:
    - (C1) `repeats` has one entry for each dimension, at least 0.
    - (C2) no extent overflows 64 bits.

    Example:
    ```mlir
    %y = cnn.tile %x repeats [2, 1] : (tensor<3x4xf32>) -> tensor<6x4xf32>
    ```
  }];
  let arguments = (ins CNN_MovableTensor:$input, DenseI64ArrayAttr:$repeats);
  let results = (outs CNN_MovableTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$input `repeats` $repeats attr-dict `:` functional-type(operands, results)";
}

def CNN_ConcatOp : CNN_InferredOp<"concat"> {
  let summary = "tensors one after another along an axis";
  let description = [{
    Constraints:
    - (C1) there is an operand.
    - (C2) `axis` is in [0, rank).
    - (C3) operands have one rank, and equal extents but for `axis`.
    - (C4) operands have one element type.
    - (C5) no extent overflows 64 bits.

    Example:
    ```mlir
    %y = cnn.concat %a, %b axis 1 : (tensor<1x4x8x8xf32>, tensor<1x2x8x8xf32>) -> tensor<1x6x8x8xf32>
    ```
  }];
  let arguments = (ins Variadic<CNN_MovableTensor>:$inputs, I64Attr:$axis);
  let results = (outs CNN_MovableTensor:$output);
  let hasVerifier = 1;
  let hasFolder = 1;
  let assemblyFormat = "$inputs `axis` $axis attr-dict `:` functional-type(operands, results)";
}

def CNN_SliceOp : CNN_InferredOp<"slice"> {
  let summary = "every step-th element from start to end along some axes";
  let description = [{
    `starts`, `ends` and `steps` belong to `axes` (not negative, ascending).
    Bounds count from the end when negative and are clamped, as in ONNX; a
    negative step walks backwards. ONNX's Split is one slice per part.

    Constraints:
    - (C1) `axes` are in [0, rank) and ascending.
    - (C2) `starts`, `ends` and `steps` have one entry for each axis.
    - (C3) steps are not 0.

    Example:
    ```mlir
    %y = cnn.slice %x axes [1] starts [0] ends [4] steps [2] : (tensor<1x8xf32>) -> tensor<1x2xf32>
    ```
  }];
  let arguments = (ins CNN_MovableTensor:$input, DenseI64ArrayAttr:$axes, DenseI64ArrayAttr:$starts,
                       DenseI64ArrayAttr:$ends, DenseI64ArrayAttr:$steps);
  let results = (outs CNN_MovableTensor:$output);
  let hasVerifier = 1;
  let hasFolder = 1;
  let assemblyFormat = [{
    $input `axes` $axes `starts` $starts `ends` $ends `steps` $steps attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_PadOp : CNN_InferredOp<"pad"> {
  let summary = "elements added (or taken away) around a tensor";
  let description = [{
    `pads` holds all begins, then all ends, one pair for each dimension;
    negative ones cut. `value` (rank 0) fills in mode `constant`, zero without it.

    Constraints:
    - (C1) `pads` has two entries for each dimension.
    - (C2) no extent becomes negative or overflows 64 bits.
    - (C3) `value` has one element, of the type of the input's.
    - (C4) modes but `constant` have an element to copy; `reflect` adds fewer
      elements than the extent.

    Example:
    ```mlir
    %y = cnn.pad constant %x pads [0, 0, 1, 1, 0, 0, 1, 1] : (tensor<1x3x4x4xf32>) -> tensor<1x3x6x6xf32>
    ```
  }];
  let arguments = (ins CNN_PadModeAttr:$mode, CNN_MovableTensor:$input, Optional<CNN_MovableTensor>:$value, DenseI64ArrayAttr:$pads);
  let results = (outs CNN_MovableTensor:$output);
  let hasVerifier = 1;
  let hasFolder = 1;
  let assemblyFormat = "$mode $input (`value` $value^)? `pads` $pads attr-dict `:` functional-type(operands, results)";
}

class CNN_BlockOp<string mnemonic> : CNN_InferredOp<mnemonic> {
  let results = (outs CNN_MovableTensor:$output);
  let hasVerifier = 1;
}
def CNN_DepthToSpaceOp : CNN_BlockOp<"depth_to_space"> {
  let summary = "channels become pixels (pixel shuffle)";
  let description = [{
    Channels are read as (block, block, C') in mode `dcr`, (C', block, block) in
    mode `crd`; each block becomes a square of pixels.

    Constraints:
    - (C1) `input` has rank 4.
    - (C2) `block` is at least 1, and its square divides C.

    Example:
    ```mlir
    %y = cnn.depth_to_space crd %x block 2 : (tensor<1x8x4x4xf32>) -> tensor<1x2x8x8xf32>
    ```
  }];
  let arguments = (ins CNN_DepthModeAttr:$mode, CNN_MovableTensor:$input, I64Attr:$block);
  let assemblyFormat = "$mode $input `block` $block attr-dict `:` functional-type(operands, results)";
}
def CNN_SpaceToDepthOp : CNN_BlockOp<"space_to_depth"> {
  let summary = "pixels become channels";
  let description = [{
    The inverse of `cnn.depth_to_space dcr`.

    Constraints:
    - (C1) `input` has rank 4.
    - (C2) `block` is at least 1 and divides the spatial extents.
    - (C3) no extent overflows 64 bits.

    Example:
    ```mlir
    %y = cnn.space_to_depth %x block 2 : (tensor<1x2x8x8xf32>) -> tensor<1x8x4x4xf32>
    ```
  }];
  let arguments = (ins CNN_MovableTensor:$input, I64Attr:$block);
  let assemblyFormat = "$input `block` $block attr-dict `:` functional-type(operands, results)";
}

def CNN_ShapeOp : CNN_InferredOp<"shape"> {
  let summary = "the extents from `start` to `end` as a 1-D tensor";
  let description = [{
    `start` and `end` are normalised (0 <= start <= end <= rank).

    Constraints:
    - (C1) 0 <= start <= end <= rank.

    Example:
    ```mlir
    %s = cnn.shape %x start 0 end 2 : (tensor<?x4x8x8xf32>) -> tensor<2xi64>
    ```
  }];
  let arguments = (ins CNN_MovableTensor:$input, I64Attr:$start, I64Attr:$end);
  let results = (outs CNN_I64Tensor:$output);
  let hasVerifier = 1;
  let hasFolder = 1;
  let assemblyFormat = "$input `start` $start `end` $end attr-dict `:` functional-type(operands, results)";
}

def CNN_SizeOp : CNN_InferredOp<"size"> {
  let summary = "the number of elements";
  let description = [{
    Example:
    ```mlir
    %s = cnn.size %x : (tensor<?x4xf32>) -> tensor<i64>
    ```
  }];
  let arguments = (ins CNN_MovableTensor:$input);
  let results = (outs CNN_I64Tensor:$output);
  let hasFolder = 1;
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def CNN_RangeOp : CNN_Op<"range"> {
  let summary = "start, start + delta, ... up to limit (excluded)";
  let description = [{
    Operands have rank 0. The result's extent is max(0, ceil((limit - start) / delta)).

    Constraints:
    - (C1) operands and result have one element type.
    - (C2) operands have one element.
    - (C3) the result has rank 1.

    Example:
    ```mlir
    %y = cnn.range %a, %b, %d : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
    ```
  }];
  let arguments = (ins CNN_NumberTensor:$start, CNN_NumberTensor:$limit, CNN_NumberTensor:$delta);
  let results = (outs CNN_NumberTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$start `,` $limit `,` $delta attr-dict `:` functional-type(operands, results)";
}

def CNN_ConstantOfShapeOp : CNN_Op<"constant_of_shape"> {
  let summary = "a tensor of one value whose shape is known at run time";
  let description = [{
    `value` is a tensor of one element of the result's type.

    Constraints:
    - (C1) `shape` is 1-D with one element for each dimension of the result.
    - (C2) `value` has one element, of the type of the result's.

    Example:
    ```mlir
    %y = cnn.constant_of_shape %s value dense<0.0> : tensor<1xf32> : (tensor<2xi64>) -> tensor<?x4xf32>
    ```
  }];
  let arguments = (ins CNN_I64Tensor:$shape, ElementsAttr:$value);
  let results = (outs CNN_Tensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$shape `value` $value attr-dict `:` functional-type(operands, results)";
}

def CNN_ConvertLayoutOp : CNN_Op<"convert_layout"> {
  let summary = "the same tensor in another memory layout";
  let description = [{
    Logical shape and values stay; only the `#cnn.layout` encoding differs.

    Constraints:
    - (C1) input and result have one element type and shape.
    - (C2) encodings are `#cnn.layout`.

    Example:
    ```mlir
    %y = cnn.convert_layout %x : (tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32, #cnn.layout<block = 16>>
    ```
  }];
  let arguments = (ins CNN_MovableTensor:$input);
  let results = (outs CNN_MovableTensor:$output);
  let hasVerifier = 1;
  let hasFolder = 1;
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}
