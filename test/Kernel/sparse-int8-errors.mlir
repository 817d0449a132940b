// RUN: not winnow-opt %s --winnow-lower-to-kernels --split-input-file 2>&1 | FileCheck %s

// An algorithm that a user wrote is refused where it does not apply.
// CHECK: node 'groups': {{.*}}sparse convolutions take all channels in one group
func.func @groups(%x: tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>)
    -> tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>> {
  %0 = arith.constant dense<1> : tensor<16x8x3x3xi8>
  %w = quant.scast %0 : tensor<16x8x3x3xi8> to tensor<16x8x3x3x!quant.uniform<i8:f32, 0.25>>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2
         algorithm <sparse, pixels = 4, channels = 8>
     : (tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>,
        tensor<16x8x3x3x!quant.uniform<i8:f32, 0.25>>)
       -> tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>> loc("groups")
  return %y : tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'real': {{.*}}sparse convolutions of bytes have bytes as results
func.func @real(%x: tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>)
    -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> {
  %0 = arith.constant dense<1> : tensor<16x16x1x1xi8>
  %w = quant.scast %0 : tensor<16x16x1x1xi8> to tensor<16x16x1x1x!quant.uniform<i8:f32, 0.25>>
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
         algorithm <sparse, pixels = 4, channels = 8>
     : (tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>,
        tensor<16x16x1x1x!quant.uniform<i8:f32, 0.25>>) -> tensor<1x16x8x8xf32, #cnn.layout<block = 8>> loc("real")
  return %y : tensor<1x16x8x8xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'blocks': {{.*}}sparse convolutions of bytes need the same channel blocks in input and output
func.func @blocks(%x: tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
    -> tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>> {
  %0 = arith.constant dense<1> : tensor<16x16x1x1xi8>
  %w = quant.scast %0 : tensor<16x16x1x1xi8> to tensor<16x16x1x1x!quant.uniform<i8:f32, 0.25>>
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
         algorithm <sparse, pixels = 4, channels = 8>
     : (tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
        tensor<16x16x1x1x!quant.uniform<i8:f32, 0.25>>)
       -> tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>> loc("blocks")
  return %y : tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>
}

// -----

// CHECK: node 'narrow': {{.*}}sparse convolutions of bytes need blocks of 4, 8 or 16 channels
func.func @narrow(%x: tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 2>>)
    -> tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 2>> {
  %0 = arith.constant dense<1> : tensor<16x16x1x1xi8>
  %w = quant.scast %0 : tensor<16x16x1x1xi8> to tensor<16x16x1x1x!quant.uniform<i8:f32, 0.25>>
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
         algorithm <sparse, pixels = 4, channels = 8>
     : (tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 2>>,
        tensor<16x16x1x1x!quant.uniform<i8:f32, 0.25>>)
       -> tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 2>> loc("narrow")
  return %y : tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 2>>
}
