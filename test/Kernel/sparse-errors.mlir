// RUN: not winnow-opt %s --winnow-lower-to-kernels --split-input-file 2>&1 | FileCheck %s

// An algorithm that a user wrote is refused where it does not apply.
// CHECK: node 'groups': {{.*}}sparse convolutions take all channels in one group
func.func @groups(%x: tensor<1x16x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<16x8x3x3xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2
         algorithm <sparse, pixels = 4, channels = 8>
     : (tensor<1x16x8x8xf32, #cnn.layout<block = 8>>, tensor<16x8x3x3xf32>)
       -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> loc("groups")
  return %y : tensor<1x16x8x8xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'plain': {{.*}}sparse convolutions need the same channel blocks in input and output
func.func @plain(%x: tensor<1x3x8x8xf32>) -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<16x3x3x3xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
         algorithm <sparse, pixels = 4, channels = 8>
     : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> loc("plain")
  return %y : tensor<1x16x8x8xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'shared': {{.*}}output channels that share places must divide a block
func.func @shared(%x: tensor<1x16x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<16x16x1x1xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
         algorithm <sparse, pixels = 4, channels = 8, depth = 3>
     : (tensor<1x16x8x8xf32, #cnn.layout<block = 8>>, tensor<16x16x1x1xf32>)
       -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> loc("shared")
  return %y : tensor<1x16x8x8xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'dynamic': {{.*}}sparse convolutions need a constant filter
func.func @dynamic(%x: tensor<1x16x8x8xf32, #cnn.layout<block = 8>>, %w: tensor<16x16x1x1xf32>)
    -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> {
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
         algorithm <sparse, pixels = 4, channels = 8>
     : (tensor<1x16x8x8xf32, #cnn.layout<block = 8>>, tensor<16x16x1x1xf32>)
       -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> loc("dynamic")
  return %y : tensor<1x16x8x8xf32, #cnn.layout<block = 8>>
}
