// RUN: winnow-opt %s --winnow-select-algorithms="explain=true" | FileCheck %s

// Bytes are computed by the plain algorithms, with tiles of f32 and a step of four channels, or by an exact transform of
// integers: where outputs are many, for which the filter is transformed once. Other transforms need more bits.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l2_bytes = 2097152 : i64, dot = "vnni"}} {
  // CHECK-LABEL: func.func @winograd
  // CHECK: algorithm <winograd, pixels = 14, channels = 32, outputs = 4>
  // CHECK-SAME: direct = {{[0-9]+}} : i64
  // CHECK-SAME: fft = "operands are bytes"
  // CHECK-SAME: im2col = "operands are bytes"
  // CHECK-SAME: strassen = "operands are bytes"
  // CHECK-SAME: "winograd F(4)" = {{[0-9]+}} : i64
  func.func @winograd(%x: tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<64x64x3x3xi8>
    %w = quant.scast %0 : tensor<64x64x3x3xi8> to tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
          tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
    return %y : tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
  }

  // A filter of 19 MB for four tiles.
  // CHECK-LABEL: func.func @few_outputs
  // CHECK: algorithm <direct, pixels = 14, channels = 32>
  // CHECK-SAME: "winograd F(4)" = {{[0-9]+}} : i64
  func.func @few_outputs(%x: tensor<1x512x7x7x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x512x7x7x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<512x512x3x3xi8>
    %w = quant.scast %0 : tensor<512x512x3x3xi8> to tensor<512x512x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x512x7x7x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
          tensor<512x512x3x3x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x512x7x7x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
    return %y : tensor<1x512x7x7x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
  }

  // Sums of up to 127 * 255 * 128 * 9 are more than 2^25, and 64 times that is more than 31 bits. With a zero point of 128
  // they have half of that.
  // CHECK-LABEL: func.func @sums
  // CHECK: algorithm <direct
  // CHECK-SAME: winograd = "sums of products are too large for a transform in 32 bits"
  // CHECK: algorithm <
  // CHECK-SAME: "winograd F(4)" = {{[0-9]+}} : i64
  func.func @sums(%x: tensor<1x128x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
                  %v: tensor<1x128x28x28x!quant.uniform<u8:f32, 0.5:128>, #cnn.layout<block = 16>>)
      -> (tensor<1x16x28x28xf32, #cnn.layout<block = 16>>, tensor<1x16x28x28xf32, #cnn.layout<block = 16>>) {
    %0 = arith.constant dense<127> : tensor<16x128x3x3xi8>
    %w = quant.scast %0 : tensor<16x128x3x3xi8> to tensor<16x128x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x128x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
          tensor<16x128x3x3x!quant.uniform<i8:f32, 0.25>>) -> tensor<1x16x28x28xf32, #cnn.layout<block = 16>>
    %z = cnn.convolution %v, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x128x28x28x!quant.uniform<u8:f32, 0.5:128>, #cnn.layout<block = 16>>,
          tensor<16x128x3x3x!quant.uniform<i8:f32, 0.25>>) -> tensor<1x16x28x28xf32, #cnn.layout<block = 16>>
    return %y, %z : tensor<1x16x28x28xf32, #cnn.layout<block = 16>>, tensor<1x16x28x28xf32, #cnn.layout<block = 16>>
  }

  // CHECK-LABEL: func.func @window
  // CHECK: algorithm <direct
  // CHECK-SAME: winograd = "transformed bytes do not fit into 16 bits"
  func.func @window(%x: tensor<1x64x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x64x28x28xf32, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<64x64x5x5xi8>
    %w = quant.scast %0 : tensor<64x64x5x5xi8> to tensor<64x64x5x5x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [2, 2, 2, 2] dilations [1, 1]
       : (tensor<1x64x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
          tensor<64x64x5x5x!quant.uniform<i8:f32, 0.25>>) -> tensor<1x64x28x28xf32, #cnn.layout<block = 16>>
    return %y : tensor<1x64x28x28xf32, #cnn.layout<block = 16>>
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
