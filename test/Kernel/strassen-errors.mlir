// RUN: not winnow-opt %s --winnow-lower-to-kernels --split-input-file 2>&1 | FileCheck %s

// An algorithm that a user wrote is refused where it does not apply.
// CHECK: node 'taps': {{.*}}Strassen's algorithm needs one tap, strides of 1 and no padding
func.func @taps(%x: tensor<1x16x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<16x16x3x3xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
         algorithm <strassen, pixels = 4, channels = 8>
     : (tensor<1x16x8x8xf32, #cnn.layout<block = 8>>, tensor<16x16x3x3xf32>)
       -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> loc("taps")
  return %y : tensor<1x16x8x8xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'halves': {{.*}}Strassen's algorithm needs whole blocks in half the channels
func.func @halves(%x: tensor<1x16x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x24x8x8xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<24x16x1x1xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
         algorithm <strassen, pixels = 4, channels = 8>
     : (tensor<1x16x8x8xf32, #cnn.layout<block = 8>>, tensor<24x16x1x1xf32>)
       -> tensor<1x24x8x8xf32, #cnn.layout<block = 8>> loc("halves")
  return %y : tensor<1x24x8x8xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'dynamic': {{.*}}Strassen's algorithm needs a constant filter
func.func @dynamic(%x: tensor<1x16x8x8xf32, #cnn.layout<block = 8>>, %w: tensor<16x16x1x1xf32>)
    -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> {
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
         algorithm <strassen, pixels = 4, channels = 8>
     : (tensor<1x16x8x8xf32, #cnn.layout<block = 8>>, tensor<16x16x1x1xf32>)
       -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> loc("dynamic")
  return %y : tensor<1x16x8x8xf32, #cnn.layout<block = 8>>
}
