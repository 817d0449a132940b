// RUN: not winnow-opt %s --winnow-lower-to-kernels --split-input-file 2>&1 | FileCheck %s

// An algorithm that a user wrote is refused where it does not apply.
// CHECK: node 'size': {{.*}}FFT convolutions transform 8, 16 or 32 positions
func.func @size(%x: tensor<1x8x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<8x8x5x5xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [2, 2, 2, 2] dilations [1, 1]
         algorithm <fft, pixels = 4, channels = 8, outputs = 12>
     : (tensor<1x8x8x8xf32, #cnn.layout<block = 8>>, tensor<8x8x5x5xf32>)
       -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> loc("size")
  return %y : tensor<1x8x8x8xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'taps': {{.*}}FFT convolutions transform at least as many positions as the window has taps
func.func @taps(%x: tensor<1x8x9x9xf32, #cnn.layout<block = 8>>) -> tensor<1x8x9x9xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<8x8x9x9xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [4, 4, 4, 4] dilations [1, 1]
         algorithm <fft, pixels = 4, channels = 8, outputs = 8>
     : (tensor<1x8x9x9xf32, #cnn.layout<block = 8>>, tensor<8x8x9x9xf32>)
       -> tensor<1x8x9x9xf32, #cnn.layout<block = 8>> loc("taps")
  return %y : tensor<1x8x9x9xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'plain': {{.*}}FFT convolutions need the same channel blocks in input and output
func.func @plain(%x: tensor<1x3x8x8xf32>) -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<8x3x5x5xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [2, 2, 2, 2] dilations [1, 1]
         algorithm <fft, pixels = 4, channels = 8, outputs = 8>
     : (tensor<1x3x8x8xf32>, tensor<8x3x5x5xf32>) -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> loc("plain")
  return %y : tensor<1x8x8x8xf32, #cnn.layout<block = 8>>
}
