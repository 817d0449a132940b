// RUN: winnow-opt %s --winnow-select-algorithms="explain=true" | FileCheck %s

// Bytes are computed by the plain algorithms: transforms need more bits. Tiles are those of f32, with a step of four channels.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, dot = "vnni"}} {
  // CHECK-LABEL: func.func @direct
  // CHECK: algorithm <direct, pixels = 14, channels = 32>
  // CHECK-SAME: fft = "operands are bytes"
  // CHECK-SAME: im2col = "operands are bytes"
  // CHECK-SAME: strassen = "operands are bytes"
  // CHECK-SAME: winograd = "operands are bytes"
  func.func @direct(%x: tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<64x64x3x3xi8>
    %w = quant.scast %0 : tensor<64x64x3x3xi8> to tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
          tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
    return %y : tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
  }

  // CHECK-LABEL: func.func @depthwise
  // CHECK: algorithm <depthwise
  // CHECK-SAME: grouped = "operands are bytes"
  func.func @depthwise(%x: tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<64x1x3x3xi8>
    %w = quant.scast %0 : tensor<64x1x3x3xi8> to tensor<64x1x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 64
       : (tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
          tensor<64x1x3x3x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
    return %y : tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
  }
}
