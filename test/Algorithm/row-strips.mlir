// RUN: winnow-opt %s --winnow-select-algorithms --split-input-file | FileCheck %s

#b = #cnn.layout<block = 16>
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l2_bytes = 1048576 : i64}} {
  // An inverted residual whose inner maps leave the cache: the first two say how many follow in a strip.
  // CHECK-LABEL: func.func @inverted_residual
  // CHECK: cnn.convolution {{.*}} algorithm <row_strips, pixels = {{[0-9]+, channels = [0-9]+}}, depth = 2, outputs = [[ROWS:[0-9]+]]>
  // CHECK: cnn.convolution {{.*}} algorithm <row_strips, pixels = {{[0-9]+}}, channels = 16, depth = 1, outputs = [[ROWS]]>
  // CHECK: cnn.convolution {{.*}} residual {{.*}} algorithm <row_strips, pixels = {{[0-9]+}}, channels = 16, outputs = [[ROWS]]>
  func.func @inverted_residual(%x: tensor<1x16x56x56xf32, #b>) -> tensor<1x16x56x56xf32, #b> {
    %w0 = arith.constant dense<1.0> : tensor<96x16x1x1xf32>
    %w1 = arith.constant dense<1.0> : tensor<96x1x3x3xf32>
    %w2 = arith.constant dense<1.0> : tensor<16x96x1x1xf32>
    %0 = cnn.convolution %x, %w0 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x16x56x56xf32, #b>, tensor<96x16x1x1xf32>) -> tensor<1x96x56x56xf32, #b>
    %1 = cnn.convolution %0, %w1 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 96
       : (tensor<1x96x56x56xf32, #b>, tensor<96x1x3x3xf32>) -> tensor<1x96x56x56xf32, #b>
    %2 = cnn.convolution %1, %w2 residual %x strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x96x56x56xf32, #b>, tensor<16x96x1x1xf32>, tensor<1x16x56x56xf32, #b>) -> tensor<1x16x56x56xf32, #b>
    return %2 : tensor<1x16x56x56xf32, #b>
  }

  // The depthwise result is needed by others too: it shares strips with what is before it only.
  // CHECK-LABEL: func.func @two_uses
  // CHECK: cnn.convolution {{.*}} algorithm <row_strips, {{.*}} depth = 1, outputs = {{[0-9]+}}>
  // CHECK: cnn.convolution {{.*}} algorithm <row_strips, pixels = {{[0-9]+}}, channels = 16, outputs = {{[0-9]+}}>
  // CHECK: cnn.convolution {{.*}} algorithm <pointwise,
  func.func @two_uses(%x: tensor<1x16x56x56xf32, #b>) -> (tensor<1x16x56x56xf32, #b>, tensor<1x96x56x56xf32, #b>) {
    %w0 = arith.constant dense<1.0> : tensor<96x16x1x1xf32>
    %w1 = arith.constant dense<1.0> : tensor<96x1x3x3xf32>
    %w2 = arith.constant dense<1.0> : tensor<16x96x1x1xf32>
    %0 = cnn.convolution %x, %w0 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x16x56x56xf32, #b>, tensor<96x16x1x1xf32>) -> tensor<1x96x56x56xf32, #b>
    %1 = cnn.convolution %0, %w1 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 96
       : (tensor<1x96x56x56xf32, #b>, tensor<96x1x3x3xf32>) -> tensor<1x96x56x56xf32, #b>
    %2 = cnn.convolution %1, %w2 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x96x56x56xf32, #b>, tensor<16x96x1x1xf32>) -> tensor<1x16x56x56xf32, #b>
    return %2, %1 : tensor<1x16x56x56xf32, #b>, tensor<1x96x56x56xf32, #b>
  }

  // Maps of 14 pixels stay in cache anyway.
  // CHECK-LABEL: func.func @negative_small
  // CHECK: algorithm <pointwise,
  // CHECK: algorithm <depthwise,
  // CHECK: algorithm <pointwise,
  func.func @negative_small(%x: tensor<1x16x14x14xf32, #b>) -> tensor<1x16x14x14xf32, #b> {
    %w0 = arith.constant dense<1.0> : tensor<96x16x1x1xf32>
    %w1 = arith.constant dense<1.0> : tensor<96x1x3x3xf32>
    %w2 = arith.constant dense<1.0> : tensor<16x96x1x1xf32>
    %0 = cnn.convolution %x, %w0 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x16x14x14xf32, #b>, tensor<96x16x1x1xf32>) -> tensor<1x96x14x14xf32, #b>
    %1 = cnn.convolution %0, %w1 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 96
       : (tensor<1x96x14x14xf32, #b>, tensor<96x1x3x3xf32>) -> tensor<1x96x14x14xf32, #b>
    %2 = cnn.convolution %1, %w2 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x96x14x14xf32, #b>, tensor<16x96x1x1xf32>) -> tensor<1x16x14x14xf32, #b>
    return %2 : tensor<1x16x14x14xf32, #b>
  }

  // The pointwise convolution between two depthwise ones joins the one with the larger map between them.
  // CHECK-LABEL: func.func @between
  // CHECK: cnn.convolution {{.*}} algorithm <depthwise,
  // CHECK: cnn.convolution {{.*}} algorithm <row_strips, {{.*}} depth = 1, outputs = {{[0-9]+}}>
  // CHECK: cnn.convolution {{.*}} algorithm <row_strips, pixels = {{[0-9]+}}, channels = 16, outputs = {{[0-9]+}}>
  func.func @between(%x: tensor<1x32x112x112xf32, #b>) -> tensor<1x64x56x56xf32, #b> {
    %w0 = arith.constant dense<1.0> : tensor<32x1x3x3xf32>
    %w1 = arith.constant dense<1.0> : tensor<64x32x1x1xf32>
    %w2 = arith.constant dense<1.0> : tensor<64x1x3x3xf32>
    %0 = cnn.convolution %x, %w0 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 32
       : (tensor<1x32x112x112xf32, #b>, tensor<32x1x3x3xf32>) -> tensor<1x32x112x112xf32, #b>
    %1 = cnn.convolution %0, %w1 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x32x112x112xf32, #b>, tensor<64x32x1x1xf32>) -> tensor<1x64x112x112xf32, #b>
    %2 = cnn.convolution %1, %w2 strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] group 64
       : (tensor<1x64x112x112xf32, #b>, tensor<64x1x3x3xf32>) -> tensor<1x64x56x56xf32, #b>
    return %2 : tensor<1x64x56x56xf32, #b>
  }
}
