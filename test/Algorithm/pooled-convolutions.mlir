// RUN: winnow-opt %s --winnow-select-algorithms --split-input-file | FileCheck %s

#b = #cnn.layout<block = 16>
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l2_bytes = 1048576 : i64}} {
  // Only the pool reads what the convolution makes: one op follows in the same rows. The tile is that of first_layer.
  // CHECK-LABEL: func.func @pooled
  // CHECK: cnn.convolution {{.*}} algorithm <row_strips, pixels = {{[0-9]+}}, channels = {{[0-9]+}}, depth = 1, outputs = 1>
  func.func @pooled(%x: tensor<1x3x56x56xf32>) -> tensor<1x64x14x14xf32, #b> {
    %w = arith.constant dense<1.0> : tensor<64x3x7x7xf32>
    %0 = cnn.convolution %x, %w strides [2, 2] pads [3, 3, 3, 3] dilations [1, 1]
       : (tensor<1x3x56x56xf32>, tensor<64x3x7x7xf32>) -> tensor<1x64x28x28xf32, #b>
    %1 = cnn.max_pool %0 kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x28x28xf32, #b>) -> tensor<1x64x14x14xf32, #b>
    return %1 : tensor<1x64x14x14xf32, #b>
  }

  // Somebody else reads it too.
  // CHECK-LABEL: func.func @negative_two_uses
  // CHECK: cnn.convolution {{.*}} algorithm <first_layer,
  func.func @negative_two_uses(%x: tensor<1x3x56x56xf32>) -> (tensor<1x64x14x14xf32, #b>, tensor<1x64x28x28xf32, #b>) {
    %w = arith.constant dense<1.0> : tensor<64x3x7x7xf32>
    %0 = cnn.convolution %x, %w strides [2, 2] pads [3, 3, 3, 3] dilations [1, 1]
       : (tensor<1x3x56x56xf32>, tensor<64x3x7x7xf32>) -> tensor<1x64x28x28xf32, #b>
    %1 = cnn.max_pool %0 kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x28x28xf32, #b>) -> tensor<1x64x14x14xf32, #b>
    return %1, %0 : tensor<1x64x14x14xf32, #b>, tensor<1x64x28x28xf32, #b>
  }

  // Rows of four pixels would be shorter tiles than those of several rows.
  // CHECK-LABEL: func.func @negative_narrow
  // CHECK: cnn.convolution {{.*}} algorithm <direct,
  func.func @negative_narrow(%x: tensor<1x16x4x4xf32, #b>) -> tensor<1x16x2x2xf32, #b> {
    %w = arith.constant dense<1.0> : tensor<16x16x3x3xf32>
    %0 = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x16x4x4xf32, #b>, tensor<16x16x3x3xf32>) -> tensor<1x16x4x4xf32, #b>
    %1 = cnn.max_pool %0 kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x16x4x4xf32, #b>) -> tensor<1x16x2x2xf32, #b>
    return %1 : tensor<1x16x2x2xf32, #b>
  }

  // 31 rows of 32 channels are more than what may lie on a stack.
  // CHECK-LABEL: func.func @negative_tall_window
  // CHECK: cnn.convolution {{.*}} algorithm <first_layer,
  func.func @negative_tall_window(%x: tensor<1x3x64x64xf32>) -> tensor<1x64x2x32xf32, #b> {
    %w = arith.constant dense<1.0> : tensor<64x3x3x3xf32>
    %0 = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x3x64x64xf32>, tensor<64x3x3x3xf32>) -> tensor<1x64x64x64xf32, #b>
    %1 = cnn.max_pool %0 kernel [31, 2] strides [31, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x64x64x64xf32, #b>) -> tensor<1x64x2x32xf32, #b>
    return %1 : tensor<1x64x2x32xf32, #b>
  }

  // Winograd's outputs are pooled in registers where its tiles consist of whole squares.
  // CHECK-LABEL: func.func @squares
  // CHECK: cnn.convolution {{.*}} algorithm <winograd, pixels = {{[0-9]+}}, channels = {{[0-9]+}}, depth = 1, outputs = {{[246]}}>
  func.func @squares(%x: tensor<1x64x56x56xf32, #b>) -> tensor<1x64x28x28xf32, #b> {
    %w = arith.constant dense<1.0> : tensor<64x64x3x3xf32>
    %0 = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] activation <relu>
       : (tensor<1x64x56x56xf32, #b>, tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32, #b>
    %1 = cnn.max_pool %0 kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x64x56x56xf32, #b>) -> tensor<1x64x28x28xf32, #b>
    return %1 : tensor<1x64x28x28xf32, #b>
  }

  // Windows that overlap are not.
  // CHECK-LABEL: func.func @negative_overlapping
  // CHECK: cnn.convolution {{.*}} algorithm <winograd, pixels = {{[0-9]+}}, channels = {{[0-9]+}}, outputs = {{[246]}}>
  func.func @negative_overlapping(%x: tensor<1x64x56x56xf32, #b>) -> tensor<1x64x28x28xf32, #b> {
    %w = arith.constant dense<1.0> : tensor<64x64x3x3xf32>
    %0 = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] activation <relu>
       : (tensor<1x64x56x56xf32, #b>, tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32, #b>
    %1 = cnn.max_pool %0 kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x56x56xf32, #b>) -> tensor<1x64x28x28xf32, #b>
    return %1 : tensor<1x64x28x28xf32, #b>
  }

  // Padding in front moves the squares by a pixel, though the output has as many of them.
  // CHECK-LABEL: func.func @negative_padded
  // CHECK: cnn.convolution {{.*}} algorithm <winograd, pixels = {{[0-9]+}}, channels = {{[0-9]+}}, outputs = {{[246]}}>
  func.func @negative_padded(%x: tensor<1x64x56x56xf32, #b>) -> tensor<1x64x28x28xf32, #b> {
    %w = arith.constant dense<1.0> : tensor<64x64x3x3xf32>
    %0 = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] activation <relu>
       : (tensor<1x64x56x56xf32, #b>, tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32, #b>
    %1 = cnn.max_pool %0 kernel [2, 2] strides [2, 2] pads [1, 1, 0, 0] dilations [1, 1]
       : (tensor<1x64x56x56xf32, #b>) -> tensor<1x64x28x28xf32, #b>
    return %1 : tensor<1x64x28x28xf32, #b>
  }
}
