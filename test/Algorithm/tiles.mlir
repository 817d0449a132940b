// Tiles of a matrix unit against the register tile, by cycles.
//
// RUN: winnow-opt %s --winnow-select-algorithms="explain=true" | FileCheck %s
// RUN: sed 's/int8_tiles = true/int8_tiles = false/' %s | winnow-opt --winnow-select-algorithms="explain=true" | FileCheck %s --check-prefix=NONE
//
// NONE-LABEL: func.func @rows
// NONE: algorithm <direct
// NONE-SAME: tiles = "the target has no unit that multiplies tiles of them"
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, dot = "vnni", int8_tiles = true,
                                    l1_bytes = 49152 : i64, l2_bytes = 2097152 : i64}} {
  // Rows of 14 pixels are tiles of 14 rows.
  // CHECK-LABEL: func.func @rows
  // CHECK: algorithm <tiles, pixels = 14, channels = 32, outputs = {{[0-9]+}}>
  func.func @rows(%x: tensor<1x256x14x14x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x256x14x14x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<256x256x3x3xi8>
    %w = quant.scast %0 : tensor<256x256x3x3xi8> to tensor<256x256x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x256x14x14x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>, tensor<256x256x3x3x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x256x14x14x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
    return %y : tensor<1x256x14x14x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
  }

  // Rows of 7 would leave tiles half empty: they run on over the ends of rows.
  // CHECK-LABEL: func.func @joined
  // CHECK: algorithm <tiles, pixels = 16, channels = 32, outputs = 7>
  func.func @joined(%x: tensor<1x64x7x7x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x64x7x7x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<64x64x3x3xi8>
    %w = quant.scast %0 : tensor<64x64x3x3xi8> to tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x7x7x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>, tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x64x7x7x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
    return %y : tensor<1x64x7x7x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
  }

  // Pixels of a pointwise convolution are cut into strips.
  // CHECK-LABEL: func.func @pixels
  // CHECK: algorithm <tiles, pixels = {{1[3-6]}}, channels = 32, outputs = {{[0-9]+}}>
  func.func @pixels(%x: tensor<1x256x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<64x256x1x1xi8>
    %w = quant.scast %0 : tensor<64x256x1x1xi8> to tensor<64x256x1x1x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x256x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>, tensor<64x256x1x1x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
    return %y : tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
  }

  // Few input channels: the copy into the panel and the sums take longer than the products.
  // CHECK-LABEL: func.func @few
  // CHECK: algorithm <pointwise, pixels = 14, channels = 32>
  func.func @few(%x: tensor<1x16x112x112x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x96x112x112x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<96x16x1x1xi8>
    %w = quant.scast %0 : tensor<96x16x1x1xi8> to tensor<96x16x1x1x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x16x112x112x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>, tensor<96x16x1x1x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x96x112x112x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
    return %y : tensor<1x96x112x112x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
  }

  // CHECK-LABEL: func.func @groups
  // CHECK: algorithm <direct
  // CHECK-SAME: tiles = "there is more than one group"
  func.func @groups(%x: tensor<1x64x14x14x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>) -> tensor<1x64x14x14x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<64x32x3x3xi8>
    %w = quant.scast %0 : tensor<64x32x3x3xi8> to tensor<64x32x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2
       : (tensor<1x64x14x14x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>, tensor<64x32x3x3x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x64x14x14x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
    return %y : tensor<1x64x14x14x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
  }

  // CHECK-LABEL: func.func @real
  // CHECK: tiles = "operands are neither bytes nor bf16"
  func.func @real(%x: tensor<1x64x14x14xf32, #cnn.layout<block = 16>>) -> tensor<1x64x14x14xf32, #cnn.layout<block = 16>> {
    %w = arith.constant dense<3.0> : tensor<64x64x3x3xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x14x14xf32, #cnn.layout<block = 16>>, tensor<64x64x3x3xf32>)
         -> tensor<1x64x14x14xf32, #cnn.layout<block = 16>>
    return %y : tensor<1x64x14x14xf32, #cnn.layout<block = 16>>
  }

  // A row that no strip of 192 KB holds.
  // CHECK-LABEL: func.func @wide
  // CHECK: algorithm <direct
  // CHECK-SAME: tiles = "what a row of outputs reads does not fit into 192 KB"
  func.func @wide(%x: tensor<1x256x4x512x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x16x4x512x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<16x256x3x3xi8>
    %w = quant.scast %0 : tensor<16x256x3x3xi8> to tensor<16x256x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x256x4x512x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
          tensor<16x256x3x3x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x16x4x512x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
    return %y : tensor<1x16x4x512x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
  }
}
