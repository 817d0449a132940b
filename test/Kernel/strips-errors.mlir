// RUN: not winnow-opt %s --winnow-lower-to-kernels 2>&1 | FileCheck %s

#b = #cnn.layout<block = 4>

// CHECK: node 'alone': cannot generate code for 'cnn.convolution': expected a depthwise convolution and a pointwise one in strips
func.func @alone(%x: tensor<1x4x8x8xf32, #b>) -> tensor<1x4x8x8xf32, #b> {
  %w = arith.constant dense<1.0> : tensor<4x1x3x3xf32>
  %0 = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 4
         algorithm <row_strips, pixels = 8, channels = 4, outputs = 2>
     : (tensor<1x4x8x8xf32, #b>, tensor<4x1x3x3xf32>) -> tensor<1x4x8x8xf32, #b> loc("alone")
  return %0 : tensor<1x4x8x8xf32, #b>
}

// CHECK: node 'last': cannot generate code for 'cnn.convolution': expected the convolution behind it in the same strips
func.func @last(%x: tensor<1x4x8x8xf32, #b>) -> tensor<1x4x8x8xf32, #b> {
  %w = arith.constant dense<1.0> : tensor<4x4x1x1xf32>
  %0 = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
         algorithm <row_strips, pixels = 8, channels = 4, depth = 1, outputs = 2>
     : (tensor<1x4x8x8xf32, #b>, tensor<4x4x1x1xf32>) -> tensor<1x4x8x8xf32, #b> loc("last")
  return %0 : tensor<1x4x8x8xf32, #b>
}

// CHECK: node 'uneven': cannot generate code for 'cnn.convolution': expected strips of equal size
func.func @uneven(%x: tensor<1x4x8x8xf32, #b>) -> tensor<1x4x8x8xf32, #b> {
  %w0 = arith.constant dense<1.0> : tensor<4x4x1x1xf32>
  %w1 = arith.constant dense<1.0> : tensor<4x1x3x3xf32>
  %0 = cnn.convolution %x, %w0 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
         algorithm <row_strips, pixels = 8, channels = 4, depth = 1, outputs = 3>
     : (tensor<1x4x8x8xf32, #b>, tensor<4x4x1x1xf32>) -> tensor<1x4x8x8xf32, #b>
  %1 = cnn.convolution %0, %w1 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 4
         algorithm <row_strips, pixels = 8, channels = 4, outputs = 3>
     : (tensor<1x4x8x8xf32, #b>, tensor<4x1x3x3xf32>) -> tensor<1x4x8x8xf32, #b> loc("uneven")
  return %1 : tensor<1x4x8x8xf32, #b>
}
