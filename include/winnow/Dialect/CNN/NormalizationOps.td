//===- NormalizationOps.td - normalisations and the softmax family -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "winnow/Dialect/CNN/CNNAttributes.td"
include "winnow/Dialect/CNN/CNNInterfaces.td"

def CNN_BatchNormOp : CNN_InferredOp<"batch_norm"> {
  let summary = "batch normalisation with stored statistics";
  let description = [{
    y = (x - mean) / sqrt(variance + epsilon) * scale + bias, per channel
    (dimension 1). Ioffe and Szegedy 2015, algorithm 2.

    Constraints:
    - (C1) `input` has rank 2 or more.
    - (C2) `scale`, `bias`, `mean` and `variance` have shape (C).

    Example:
    ```mlir
    %y = cnn.batch_norm %x, %s, %b, %m, %v epsilon 1.0e-5
         : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
    ```
  }];
  let arguments = (ins CNN_FloatTensor:$input, CNN_FloatTensor:$scale, CNN_FloatTensor:$bias,
                       CNN_FloatTensor:$mean, CNN_FloatTensor:$variance, F64Attr:$epsilon);
  let results = (outs CNN_FloatTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $input `,` $scale `,` $bias `,` $mean `,` $variance `epsilon` $epsilon
    attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_InstanceNormOp : CNN_InferredOp<"instance_norm"> {
  let summary = "normalises each feature map of each sample";
  let description = [{
    y = (x - mean) / sqrt(variance + epsilon) * scale + bias with statistics over
    the spatial dimensions; `scale` and `bias` have one value per channel.

    Constraints:
    - (C1) `input` has rank 3 or more.
    - (C2) `scale` and `bias` have shape (C).

    Example:
    ```mlir
    %y = cnn.instance_norm %x, %s, %b epsilon 1.0e-5
         : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
    ```
  }];
  let arguments = (ins CNN_FloatTensor:$input, CNN_FloatTensor:$scale, CNN_FloatTensor:$bias, F64Attr:$epsilon);
  let results = (outs CNN_FloatTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$input `,` $scale `,` $bias `epsilon` $epsilon attr-dict `:` functional-type(operands, results)";
}

def CNN_GroupNormOp : CNN_InferredOp<"group_norm"> {
  let summary = "normalises groups of channels of each sample";
  let description = [{
    As `cnn.instance_norm` with statistics over `num_groups` groups of
    consecutive channels; `scale` and `bias` have one value per channel.

    Constraints:
    - (C1) `input` has rank 2 or more.
    - (C2) `scale` and `bias` have shape (C).
    - (C3) `num_groups` is at least 1 and divides C.

    Example:
    ```mlir
    %y = cnn.group_norm %x, %s, %b num_groups 2 epsilon 1.0e-5
         : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
    ```
  }];
  let arguments = (ins CNN_FloatTensor:$input, CNN_FloatTensor:$scale, CNN_FloatTensor:$bias,
                       I64Attr:$num_groups, F64Attr:$epsilon);
  let results = (outs CNN_FloatTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $input `,` $scale `,` $bias `num_groups` $num_groups `epsilon` $epsilon
    attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_LayerNormOp : CNN_InferredOp<"layer_norm"> {
  let summary = "normalises the trailing dimensions from `axis` on";
  let description = [{
    `scale` and `bias` broadcast to the input. Results besides the output: the
    mean and the inverse standard deviation, with extent 1 from `axis` on.

    Constraints:
    - (C1) `axis` is in [0, rank).
    - (C2) `scale` and `bias` broadcast to `input`.

    Example:
    ```mlir
    %y, %m, %d = cnn.layer_norm %x, %s bias %b axis 1 epsilon 1.0e-5
         : (tensor<2x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<2x8xf32>, tensor<2x1xf32>, tensor<2x1xf32>)
    ```
  }];
  let arguments = (ins CNN_FloatTensor:$input, CNN_FloatTensor:$scale, Optional<CNN_FloatTensor>:$bias,
                       I64Attr:$axis, F64Attr:$epsilon);
  let results = (outs CNN_FloatTensor:$output, CNN_FloatTensor:$mean, CNN_FloatTensor:$inverse_std_dev);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $input `,` $scale (`bias` $bias^)? `axis` $axis `epsilon` $epsilon
    attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_LpNormOp : CNN_InferredOp<"lp_norm"> {
  let summary = "divides by the p-norm along an axis";
  let description = [{
    y = x / (sum |x|^p)^(1/p) along `axis`, p 1 or 2; a norm of zero gives zero.

    Constraints:
    - (C1) `axis` is in [0, rank).
    - (C2) `p` is 1 or 2.

    Example:
    ```mlir
    %y = cnn.lp_norm %x axis 1 p 2 : (tensor<2x8xf32>) -> tensor<2x8xf32>
    ```
  }];
  let arguments = (ins CNN_FloatTensor:$input, I64Attr:$axis, I64Attr:$p);
  let results = (outs CNN_FloatTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$input `axis` $axis `p` $p attr-dict `:` functional-type(operands, results)";
}

def CNN_LocalResponseNormOp : CNN_InferredOp<"local_response_norm"> {
  let summary = "local response normalisation over channels (LRN)";
  let description = [{
    y = x / (bias + alpha / size * sum of squares over `size` channels around c)^beta,
    from max(0, c - floor((size-1)/2)) to min(C-1, c + ceil((size-1)/2)).

    Constraints:
    - (C1) `input` has rank 2 or more.
    - (C2) `size` is at least 1.

    Example:
    ```mlir
    %y = cnn.local_response_norm %x size 5 alpha 1.0e-4 beta 0.75 bias 1.0
         : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
    ```
  }];
  let arguments = (ins CNN_FloatTensor:$input, I64Attr:$size, F64Attr:$alpha, F64Attr:$beta, F64Attr:$bias);
  let results = (outs CNN_FloatTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $input `size` $size `alpha` $alpha `beta` $beta `bias` $bias attr-dict `:` functional-type(operands, results)
  }];
}

class CNN_SoftmaxLike<string mnemonic> : CNN_InferredOp<mnemonic> {
  let arguments = (ins CNN_FloatTensor:$input, I64Attr:$axis);
  let results = (outs CNN_FloatTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$input `axis` $axis attr-dict `:` functional-type(operands, results)";
}
def CNN_SoftmaxOp : CNN_SoftmaxLike<"softmax"> {
  let summary = "exp(x) / sum(exp(x)) along an axis";
  let description = [{
    Computed as exp(x - max) / sum(exp(x - max)). `axis` is not negative.

    Constraints:
    - (C1) `axis` is in [0, rank).

    Example:
    ```mlir
    %y = cnn.softmax %x axis 1 : (tensor<2x8xf32>) -> tensor<2x8xf32>
    ```
  }];
}
def CNN_LogSoftmaxOp : CNN_SoftmaxLike<"log_softmax"> {
  let summary = "x - max - log(sum(exp(x - max))) along an axis";
  let description = [{
    The logarithm of `cnn.softmax`, without its loss of precision.

    Constraints:
    - (C1) `axis` is in [0, rank).

    Example:
    ```mlir
    %y = cnn.log_softmax %x axis 1 : (tensor<2x8xf32>) -> tensor<2x8xf32>
    ```
  }];
}
def CNN_HardmaxOp : CNN_SoftmaxLike<"hardmax"> {
  let summary = "1 at the first maximum along an axis, 0 elsewhere";
  let description = [{
    Constraints:
    - (C1) `axis` is in [0, rank).

    Example:
    ```mlir
    %y = cnn.hardmax %x axis 1 : (tensor<2x8xf32>) -> tensor<2x8xf32>
    ```
  }];
}
