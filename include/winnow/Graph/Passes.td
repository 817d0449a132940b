//===- Passes.td - passes of the graph stage -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "mlir/Pass/PassBase.td"

/// A rewrite of one function of `cnn` ops.
class GraphPass<string flag> : Pass<flag, "::mlir::func::FuncOp"> {
  let dependentDialects = ["::mlir::arith::ArithDialect", "::winnow::cnn::CNNDialect"];
}

//===----------------------------------------------------------------------===//
// Shapes and constants
//===----------------------------------------------------------------------===//

def InferShapesPass : GraphPass<"winnow-infer-shapes"> {
  let summary = "gives every value the most static type that follows from the arguments";
  let description = [{
    Result types are inferred anew, op after op; what is already known stays.
    Ops whose shape their attributes do not give (`cnn.reshape`, `cnn.expand`,
    `cnn.resize`, `cnn.cast`, ...) take the extents that follow. The function's
    result types follow the values it returns.

    ```mlir
    %y = cnn.relu %x : (tensor<2x4xf32>) -> tensor<?x4xf32>   // before
    %y = cnn.relu %x : (tensor<2x4xf32>) -> tensor<2x4xf32>   // after
    ```
  }];
}

def SetBatchPass : GraphPass<"winnow-set-batch"> {
  let summary = "sets the batch of a network whose batch is dynamic";
  let description = [{
    Dimension 0 of every argument where it is dynamic becomes `batch`; then
    shapes are inferred anew. An error where the batch is already fixed to
    another number.
  }];
  let options = [Option<"batch", "batch", "int64_t", "1", "The batch, at least 1">];
}

def FoldConstantsPass : GraphPass<"winnow-fold-constants"> {
  let summary = "computes what only depends on constants";
  let description = [{
    Ops with constant operands are run by the interpreter. A result larger than
    `max-bytes` is kept as an op unless it has at most four times the bytes of
    the operands, so that expands and tiles do not blow the model up. Reshapes
    of weights share their bytes.

    With `dequantize=false`, `cnn.dequantize_linear` of weights stays, for
    stages that compute with the integers.
  }];
  let options = [
    Option<"maxBytes", "max-bytes", "int64_t", "1 << 20", "Largest constant made out of smaller ones">,
    Option<"dequantize", "dequantize", "bool", "true", "Whether to dequantize constants">];
}

def ReleaseConstantsPass : Pass<"winnow-release-constants", "::mlir::ModuleOp"> {
  let summary = "frees weights that the module no longer uses";
  let description = [{
    Bytes of a `dense_resource` live as long as the context, unless they are
    given back. This frees those that no attribute in the module refers to;
    there must be no other module in the context that does.
  }];
  let statistics = [Statistic<"releasedBytes", "released-bytes", "Bytes given back">];
}

//===----------------------------------------------------------------------===//
// Elimination
//===----------------------------------------------------------------------===//

def EliminateIdentityPass : GraphPass<"winnow-eliminate-identity"> {
  let summary = "removes ops that do nothing";
  let description = [{
    Additions of zero, multiplications by one, pads and slices of nothing, casts
    to the same type or there and back, pools and reductions over one element,
    repeated activations, and the like.

    ```mlir
    %y = cnn.average_pool %x kernel [1, 1] strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
         : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>   // %x
    ```
  }];
}

def EliminatePadPass : GraphPass<"winnow-eliminate-pad"> {
  let summary = "moves padding into the convolution or pool that follows";
  let description = [{
    Zeros go into convolutions, Lp pools and average pools that count their
    padding (or have none yet), minus infinity into maximum pools, and zeros too
    where the pooled values cannot be negative.

    ```mlir
    %p = cnn.pad constant %x pads [0, 0, 1, 1, 0, 0, 1, 1] ...
    %y = cnn.convolution %p, %w ... pads [0, 0, 0, 0]      // before
    %y = cnn.convolution %x, %w ... pads [1, 1, 1, 1]      // after
    ```
  }];
}

def CancelTransposesPass : GraphPass<"winnow-cancel-transposes"> {
  let summary = "moves transposes towards each other until they vanish";
  let description = [{
    Two transposes in a row become one; one that only moves dimensions of extent
    1 is a reshape. A transpose sinks below elementwise ops, concatenations,
    pads, slices, reductions and softmax, where the next transpose may undo it:

    ```mlir
    relu(transpose(x))  ->  transpose(relu(x))
    ```
  }];
}

def MergeReshapesPass : GraphPass<"winnow-merge-reshapes"> {
  let summary = "merges reshapes in a row and moves them behind activations";
}

//===----------------------------------------------------------------------===//
// Other forms
//===----------------------------------------------------------------------===//

def ResolveAutoPadPass : GraphPass<"winnow-resolve-auto-pad"> {
  let summary = "writes explicit padding for `auto_pad`";
  let description = [{
    `same_upper` and `same_lower` pad such that the result has ceil(in / stride)
    elements (in * stride for a transposed convolution); the odd element lies at
    the end or at the beginning. `valid` does not pad.
  }];
}

def RecognizeGlobalPoolPass : GraphPass<"winnow-recognize-global-pool"> {
  let summary = "finds pools over whole feature maps";
  let description = [{
    A mean or maximum over all spatial dimensions, by `cnn.reduce` or by a pool
    whose window covers the map, becomes `cnn.global_pool`.
  }];
}

def RecognizeActivationsPass : GraphPass<"winnow-recognize-activations"> {
  let summary = "finds activations that exporters write as several ops";
  let description = [{
    ```
    x * sigmoid(a x)                                        -> swish
    x * hard_sigmoid(x), x * clip(x + 3, 0, 6) / 6          -> hard_swish
    clip(x + 3, 0, 6) / 6                                   -> hard_sigmoid
    x * (1 + erf(x / sqrt(2))) / 2                          -> gelu
    x * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2     -> gelu approximate
    x * tanh(softplus(x))                                   -> mish
    log(1 + exp(x))                                         -> softplus
    x / (1 + |x|)                                           -> softsign
    1 / (1 + exp(-x))                                       -> sigmoid
    max(x, a x) with 0 < a < 1, prelu with one slope        -> leaky_relu
    max(x, c), min(x, c), clip(clip(x)), relu(clip(x))      -> clip
    clip(x, 0, infinity), max(x, 0)                         -> relu
    ```
    Factors may be grouped in any way; constants may be off by a relative 1e-4,
    as exporters round them.
  }];
}

def ConvertFcToConvPass : GraphPass<"winnow-convert-fc-to-conv"> {
  let summary = "computes fully connected layers as convolutions";
  let description = [{
    A product of a flattened feature map of one pixel with constant weights
    becomes a 1x1 convolution, so that the map need not change its layout.
    Transposes, alpha and beta go into the constants. With `spatial` a map of
    more pixels becomes a convolution whose filter covers it, where the batch is
    1: with a larger batch the matrix product reads the weights once for all.

    With `zeros` up to 1, the product of one row with weights of which at least
    this part is zero becomes a 1x1 convolution of one pixel, whatever made the
    row: sparse convolutions leave zeros out, products do not.
  }];
  let options = [Option<"spatial", "spatial", "bool", "false", "Also maps of more than one pixel">,
                 Option<"zeros", "zeros", "double", "2.0", "Also one row of anything, with this part of zero weights (above 1: never)">];
}

//===----------------------------------------------------------------------===//
// Fusion
//===----------------------------------------------------------------------===//

def FoldBatchNormPass : GraphPass<"winnow-fold-batch-norm"> {
  let summary = "folds batch normalisation into weights";
  let description = [{
    y = s x + t with s = scale / sqrt(variance + epsilon), t = bias - mean s. It
    goes into the weights of the convolution (of any group), transposed
    convolution or gemm before it, or into those after it where no padding would
    miss the shift; else it becomes a multiplication and an addition for each
    channel. Weights are multiplied in double precision.
  }];
}

def FuseBiasPass : GraphPass<"winnow-fuse-bias"> {
  let summary = "folds arithmetic with constants for each channel into weights";
  let description = [{
    Additions, subtractions, multiplications and divisions by constants that
    only vary along the channels go into the convolution, transposed
    convolution, gemm or matrix product before or after them, under the same
    conditions as batch normalisations.
  }];
}

def FuseResidualPass : GraphPass<"winnow-fuse-residual"> {
  let summary = "makes the addition of a shortcut part of a convolution";
  let description = [{
    ```mlir
    %c = cnn.convolution %x, %w ...
    %y = cnn.add %c, %shortcut             // before
    %y = cnn.convolution %x, %w residual %shortcut ...   // after
    ```
    The convolution has one use, no activation and no residual yet. Where both
    operands are such convolutions, the later one takes the other.
  }];
}

def FuseActivationPass : GraphPass<"winnow-fuse-activation"> {
  let summary = "makes activations part of the convolution or gemm before them";
  let description = [{
    The producer has one use and no activation yet, and the activation's
    parameters are constant. A residual is added before the activation, so this
    comes after `winnow-fuse-residual`.
  }];
}

//===----------------------------------------------------------------------===//
// Movement of channels
//===----------------------------------------------------------------------===//

def GatherChannelsPass : GraphPass<"winnow-gather-channels"> {
  let summary = "lets shuffled channels stay where they were computed";
  let description = [{
    Channel shuffles (reshape, transpose, reshape), slices and concatenations of
    channels only say which channel of which feature map stands where. All of
    them between two ops that compute become one concatenation of what was
    computed, of which each reader takes its channels:

    ```mlir
    %c = cnn.concat %a, %b axis 1
    %s = shuffle %c                          // before: moved twice a unit
    %x = cnn.slice %s axes [1] ...
    %y = cnn.convolution %x, %w
    %z = cnn.concat %rest_of_s, %y axis 1    // and so on

    %c = cnn.concat %a, %b axis 1            // after: in place, nothing moves
    %x = cnn.gather %c, %i axis 1
    %y = cnn.convolution %x, %w
    %z = cnn.concat %a, %b, %y axis 1
    ```

    Where only convolutions with constant filters read the gathered channels,
    they come in the order in which they lie, and the filters are permuted.
  }];
}

def NestConcatsPass : GraphPass<"winnow-nest-concats"> {
  let summary = "lets a concatenation that begins like an earlier one take that one";
  let description = [{
    ```mlir
    %y = cnn.concat %a, %b axis 1
    %z = cnn.concat %a, %b, %c axis 1   // before
    %z = cnn.concat %y, %c axis 1       // after
    ```
    Memory planning then places all of a dense block's feature maps in one
    buffer and copies none.
  }];
}

//===----------------------------------------------------------------------===//
// Contract
//===----------------------------------------------------------------------===//

def VerifyGraphPass : GraphPass<"winnow-verify-graph"> {
  let summary = "checks what the graph stage promises";
  let description = [{
    Only `cnn`, `func` and `arith.constant` ops of ranked tensors; no batch
    normalisation of a convolution with constant weights; no op that does
    nothing; no `auto_pad`. Errors name the op.
  }];
}
