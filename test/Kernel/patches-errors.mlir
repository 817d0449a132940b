// RUN: not winnow-opt %s --winnow-lower-to-kernels --split-input-file 2>&1 | FileCheck %s

// An algorithm that a user wrote is refused where it does not apply.
// CHECK: node 'group': {{.*}}patches take all channels in one group
func.func @group(%x: tensor<1x16x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<16x8x3x3xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2
         algorithm <im2col, pixels = 4, channels = 8>
     : (tensor<1x16x8x8xf32, #cnn.layout<block = 8>>, tensor<16x8x3x3xf32>)
       -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> loc("group")
  return %y : tensor<1x16x8x8xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'dynamic': {{.*}}patches need a constant filter
func.func @dynamic(%x: tensor<1x8x8x8xf32, #cnn.layout<block = 8>>, %w: tensor<8x8x3x3xf32>)
    -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> {
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
         algorithm <im2col, pixels = 4, channels = 8>
     : (tensor<1x8x8x8xf32, #cnn.layout<block = 8>>, tensor<8x8x3x3xf32>)
       -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> loc("dynamic")
  return %y : tensor<1x8x8x8xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'stride': {{.*}}sums of pointwise convolutions need strides of 1
func.func @stride(%x: tensor<1x8x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x8x4x4xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<8x8x3x3xf32>
  %y = cnn.convolution %x, %w strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
         algorithm <kn2row, pixels = 4, channels = 8>
     : (tensor<1x8x8x8xf32, #cnn.layout<block = 8>>, tensor<8x8x3x3xf32>)
       -> tensor<1x8x4x4xf32, #cnn.layout<block = 8>> loc("stride")
  return %y : tensor<1x8x4x4xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'short': {{.*}}sums of pointwise convolutions are kept in the output, which has a shorter type
func.func @short(%x: tensor<1x8x8x8xf16, #cnn.layout<block = 8>>) -> tensor<1x8x8x8xf16, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<8x8x3x3xf16>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
         algorithm <kn2row, pixels = 4, channels = 8>
     : (tensor<1x8x8x8xf16, #cnn.layout<block = 8>>, tensor<8x8x3x3xf16>)
       -> tensor<1x8x8x8xf16, #cnn.layout<block = 8>> loc("short")
  return %y : tensor<1x8x8x8xf16, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'implicit': {{.*}}implicit products take all channels in one group
func.func @implicit(%x: tensor<1x16x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<16x8x3x3xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2
         algorithm <implicit_gemm, pixels = 4, channels = 8>
     : (tensor<1x16x8x8xf32, #cnn.layout<block = 8>>, tensor<16x8x3x3xf32>)
       -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> loc("implicit")
  return %y : tensor<1x16x8x8xf32, #cnn.layout<block = 8>>
}
