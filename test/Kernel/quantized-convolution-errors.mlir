// RUN: not winnow-opt %s --winnow-lower-to-kernels --split-input-file 2>&1 | FileCheck %s

// Products of bytes take activations without a sign; a pass makes them so.
// CHECK: node 'signed': cannot generate code for 'cnn.convolution': expected an input of unsigned bytes
func.func @signed_input(%x: tensor<1x16x2x2x!quant.uniform<i8:f32, 0.5>, #cnn.layout<block = 16>>)
    -> tensor<1x16x2x2xf32, #cnn.layout<block = 16>> {
  %0 = arith.constant dense<1> : tensor<16x16x1x1xi8>
  %w = quant.scast %0 : tensor<16x16x1x1xi8> to tensor<16x16x1x1x!quant.uniform<i8:f32, 0.25>>
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x16x2x2x!quant.uniform<i8:f32, 0.5>, #cnn.layout<block = 16>>,
        tensor<16x16x1x1x!quant.uniform<i8:f32, 0.25>>) -> tensor<1x16x2x2xf32, #cnn.layout<block = 16>> loc("signed")
  return %y : tensor<1x16x2x2xf32, #cnn.layout<block = 16>>
}

// -----

// Zero points are taken from the filter when it is packed, and bytes must remain.
// CHECK: node 'shifted': cannot generate code for 'cnn.convolution': the filter without its zero points does not fit into bytes
func.func @filter_zero_point(%x: tensor<1x16x2x2x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
    -> tensor<1x16x2x2xf32, #cnn.layout<block = 16>> {
  %0 = arith.constant dense<100> : tensor<16x16x1x1xi8>
  %w = quant.scast %0 : tensor<16x16x1x1xi8> to tensor<16x16x1x1x!quant.uniform<i8:f32, 0.25:-100>>
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x16x2x2x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
        tensor<16x16x1x1x!quant.uniform<i8:f32, 0.25:-100>>) -> tensor<1x16x2x2xf32, #cnn.layout<block = 16>> loc("shifted")
  return %y : tensor<1x16x2x2xf32, #cnn.layout<block = 16>>
}
