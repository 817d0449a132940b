// RUN: not winnow-opt %s --winnow-lower-to-kernels 2>&1 | FileCheck %s

#b = #cnn.layout<block = 4>

// CHECK: node 'grouped': cannot generate code for 'cnn.{{convolution|max_pool}}': expected no groups and no residual of a convolution that is pooled
func.func @grouped(%x: tensor<1x8x8x8xf32, #b>) -> tensor<1x8x4x4xf32, #b> {
  %w = arith.constant dense<1.0> : tensor<8x4x3x3xf32>
  %0 = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2
         algorithm <row_strips, pixels = 8, channels = 4, depth = 1, outputs = 1>
     : (tensor<1x8x8x8xf32, #b>, tensor<8x4x3x3xf32>) -> tensor<1x8x8x8xf32, #b> loc("grouped")
  %1 = cnn.max_pool %0 kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x8x8x8xf32, #b>) -> tensor<1x8x4x4xf32, #b> loc("grouped")
  return %1 : tensor<1x8x4x4xf32, #b>
}

// CHECK: node 'overlapping': cannot generate code for 'cnn.max_pool': expected a maximum pool of 2x2 squares behind Winograd's outputs, and an activation that grows
func.func @overlapping(%x: tensor<1x8x8x8xf32, #b>) -> tensor<1x8x4x4xf32, #b> {
  %w = arith.constant dense<1.0> : tensor<8x8x3x3xf32>
  %0 = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
         algorithm <winograd, pixels = 4, channels = 8, depth = 1, outputs = 4>
     : (tensor<1x8x8x8xf32, #b>, tensor<8x8x3x3xf32>) -> tensor<1x8x8x8xf32, #b> loc("overlapping")
  %1 = cnn.max_pool %0 kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
     : (tensor<1x8x8x8xf32, #b>) -> tensor<1x8x4x4xf32, #b> loc("overlapping")
  return %1 : tensor<1x8x4x4xf32, #b>
}
