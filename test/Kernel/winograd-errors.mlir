// RUN: not winnow-opt %s --winnow-lower-to-kernels --split-input-file 2>&1 | FileCheck %s

// An algorithm that a user wrote is refused where it does not apply.
// CHECK: node 'stride': {{.*}}Winograd convolutions need strides and dilations of 1
func.func @stride(%x: tensor<1x8x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x8x4x4xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<8x8x3x3xf32>
  %y = cnn.convolution %x, %w strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
         algorithm <winograd, pixels = 4, channels = 8, outputs = 2>
     : (tensor<1x8x8x8xf32, #cnn.layout<block = 8>>, tensor<8x8x3x3xf32>)
       -> tensor<1x8x4x4xf32, #cnn.layout<block = 8>> loc("stride")
  return %y : tensor<1x8x4x4xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'group': {{.*}}Winograd convolutions take all channels in one group
func.func @group(%x: tensor<1x16x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<16x8x3x3xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2
         algorithm <winograd, pixels = 4, channels = 8, outputs = 2>
     : (tensor<1x16x8x8xf32, #cnn.layout<block = 8>>, tensor<16x8x3x3xf32>)
       -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> loc("group")
  return %y : tensor<1x16x8x8xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'plain': {{.*}}Winograd convolutions need the same channel blocks in input and output
func.func @plain(%x: tensor<1x3x8x8xf32>) -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<8x3x3x3xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
         algorithm <winograd, pixels = 4, channels = 8, outputs = 2>
     : (tensor<1x3x8x8xf32>, tensor<8x3x3x3xf32>) -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> loc("plain")
  return %y : tensor<1x8x8x8xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'dynamic': {{.*}}Winograd convolutions need a constant filter
func.func @dynamic(%x: tensor<1x8x8x8xf32, #cnn.layout<block = 8>>, %w: tensor<8x8x3x3xf32>)
    -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> {
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
         algorithm <winograd, pixels = 4, channels = 8, outputs = 2>
     : (tensor<1x8x8x8xf32, #cnn.layout<block = 8>>, tensor<8x8x3x3xf32>)
       -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> loc("dynamic")
  return %y : tensor<1x8x8x8xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'outputs': {{.*}}there is no transform for so many outputs and taps
func.func @outputs(%x: tensor<1x8x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> {
  %w = arith.constant dense<1.0> : tensor<8x8x3x3xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
         algorithm <winograd, pixels = 4, channels = 8, outputs = 9>
     : (tensor<1x8x8x8xf32, #cnn.layout<block = 8>>, tensor<8x8x3x3xf32>)
       -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> loc("outputs")
  return %y : tensor<1x8x8x8xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'sums': {{.*}}sums of products are too large for a transform in 32 bits
func.func @sums(%x: tensor<1x128x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>)
    -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> {
  %0 = arith.constant dense<127> : tensor<8x128x3x3xi8>
  %w = quant.scast %0 : tensor<8x128x3x3xi8> to tensor<8x128x3x3x!quant.uniform<i8:f32, 0.25>>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
         algorithm <winograd, pixels = 4, channels = 8, outputs = 4>
     : (tensor<1x128x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>,
        tensor<8x128x3x3x!quant.uniform<i8:f32, 0.25>>) -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> loc("sums")
  return %y : tensor<1x8x8x8xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'bits': {{.*}}transformed bytes do not fit into 16 bits
func.func @bits(%x: tensor<1x8x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>)
    -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> {
  %0 = arith.constant dense<1> : tensor<8x8x5x5xi8>
  %w = quant.scast %0 : tensor<8x8x5x5xi8> to tensor<8x8x5x5x!quant.uniform<i8:f32, 0.25>>
  %y = cnn.convolution %x, %w strides [1, 1] pads [2, 2, 2, 2] dilations [1, 1]
         algorithm <winograd, pixels = 4, channels = 8, outputs = 4>
     : (tensor<1x8x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>,
        tensor<8x8x5x5x!quant.uniform<i8:f32, 0.25>>) -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> loc("bits")
  return %y : tensor<1x8x8x8xf32, #cnn.layout<block = 8>>
}
