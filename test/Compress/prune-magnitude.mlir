// The smallest weights become zero, alone or in the units of a pattern; no data is needed.
//
// RUN: winnow-opt %s --split-input-file --winnow-prune-magnitude=sparsity=0.5 | FileCheck %s
// RUN: winnow-opt %s --split-input-file --winnow-prune-magnitude=pattern=2:4 | FileCheck %s --check-prefix=NM
// RUN: winnow-opt %s --split-input-file --winnow-prune-magnitude="sparsity=0.5 pattern=1x2" | FileCheck %s --check-prefix=BLOCK
// RUN: winnow-opt %s --split-input-file --winnow-prune-magnitude="sparsity=0.5 pattern=kernel" | FileCheck %s --check-prefix=KERNEL
// RUN: winnow-opt %s --split-input-file --winnow-prune-magnitude=sparsity=0.5 --remarks-filter=.* --remark-policy=all -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// REMARK-DAG: 50.0% of the weights are zero
// REMARK-DAG: its channels are in groups: each weight counts for much
// REMARK-DAG: its weights are not constant numbers of f32
//
// RUN: not winnow-opt %s --split-input-file --winnow-prune-magnitude 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: expected a sparsity above 0 and below 1, found 0
// RUN: not winnow-opt %s --split-input-file --winnow-prune-magnitude=sparsity=1.5 2>&1 | FileCheck %s --check-prefix=MUCH
// MUCH: error: expected a sparsity above 0 and below 1, found 1.5
// RUN: not winnow-opt %s --split-input-file --winnow-prune-magnitude="sparsity=0.5 pattern=4:2" 2>&1 | FileCheck %s --check-prefix=PATTERN
// PATTERN: error: unknown pattern '4:2' of pruning: expected any, ROWSxCHANNELS as in 1x4
// RUN: not winnow-opt %s --split-input-file --winnow-prune-magnitude="sparsity=0.7 pattern=2:4" 2>&1 | FileCheck %s --check-prefix=BOTH
// BOTH: error: pattern '2:4' makes 50% of the weights zero: expected no sparsity beside it, found 0.7
// RUN: not winnow-opt %s --split-input-file --winnow-prune-magnitude="sparsity=0.5 pattern=channel" 2>&1 | FileCheck %s --check-prefix=CHANNEL
// CHANNEL: error: pattern 'channel' removes what other layers read: expected a pattern within layers

// Of the row 8 1 7 2 -6 3 5 -4 half stays: the largest, or two of four, or the pairs that have most together.
// CHECK-LABEL: @convolution
// CHECK: dense<{{\[\[\[\[}}8.000000e+00]], {{\[\[}}0.000000e+00]], {{\[\[}}7.000000e+00]], {{\[\[}}0.000000e+00]], {{\[\[}}-6.000000e+00]], {{\[\[}}0.000000e+00]], {{\[\[}}5.000000e+00]], {{\[\[}}0.000000e+00]]]]>
// NM-LABEL: @convolution
// NM: dense<{{\[\[\[\[}}8.000000e+00]], {{\[\[}}0.000000e+00]], {{\[\[}}7.000000e+00]], {{\[\[}}0.000000e+00]], {{\[\[}}-6.000000e+00]], {{\[\[}}0.000000e+00]], {{\[\[}}5.000000e+00]], {{\[\[}}0.000000e+00]]]]>
// BLOCK-LABEL: @convolution
// BLOCK: dense<{{\[\[\[\[}}8.000000e+00]], {{\[\[}}1.000000e+00]], {{\[\[}}7.000000e+00]], {{\[\[}}2.000000e+00]], {{\[\[}}0.000000e+00]], {{\[\[}}0.000000e+00]], {{\[\[}}0.000000e+00]], {{\[\[}}0.000000e+00]]]]>
func.func @convolution(%x: tensor<1x8x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<[[[[8.0]], [[1.0]], [[7.0]], [[2.0]], [[-6.0]], [[3.0]], [[5.0]], [[-4.0]]]]> : tensor<1x8x1x1xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
    : (tensor<1x8x4x4xf32>, tensor<1x8x1x1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// -----

// A matrix has a column for each output: 2:4 counts along its rows, any takes the smallest of the layer.
// CHECK-LABEL: @matrix
// CHECK: dense<{{\[\[}}9.000000e+00, 0.000000e+00], [8.000000e+00, 0.000000e+00], [7.000000e+00, 0.000000e+00], [6.000000e+00, 0.000000e+00]]>
// NM-LABEL: @matrix
// NM: dense<{{\[\[}}9.000000e+00, 0.000000e+00], [8.000000e+00, 0.000000e+00], [0.000000e+00, 4.000000e+00], [0.000000e+00, -5.000000e+00]]>
func.func @matrix(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<[[9.0, 1.0], [8.0, 2.0], [7.0, 4.0], [6.0, -5.0]]> : tensor<4x2xf32>
  %y = cnn.matmul %x, %w : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// All taps of an input channel go together.
// KERNEL-LABEL: @taps
// KERNEL: dense<{{\[\[\[}}0.000000e+00, 0.000000e+00], [3.000000e+00, 2.000000e+00]]]>
// CHECK-LABEL: @taps
// CHECK: dense<{{\[\[\[}}0.000000e+00, 3.500000e+00], [3.000000e+00, 0.000000e+00]]]>
func.func @taps(%x: tensor<1x2x5xf32>) -> tensor<1x1x4xf32> {
  %w = arith.constant dense<[[[0.25, 3.5], [3.0, 2.0]]]> : tensor<1x2x2xf32>
  %y = cnn.convolution %x, %w strides [1] pads [0, 0] dilations [1]
    : (tensor<1x2x5xf32>, tensor<1x2x2xf32>) -> tensor<1x1x4xf32>
  return %y : tensor<1x1x4xf32>
}

// -----

// Weights of groups, and those that are no constants, stay.
// CHECK-LABEL: @others
// CHECK: arith.constant dense<1.000000e+00> : tensor<4x1x1x1xf32>
func.func @others(%x: tensor<1x4x4x4xf32>, %v: tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x1x1x1xf32>
  %0 = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 4
    : (tensor<1x4x4x4xf32>, tensor<4x1x1x1xf32>) -> tensor<1x4x4x4xf32>
  %1 = cnn.convolution %0, %v strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
    : (tensor<1x4x4x4xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32>
  return %1 : tensor<1x4x4x4xf32>
}
