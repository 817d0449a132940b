// RUN: winnow-opt %s --winnow-algorithm-pipeline --split-input-file | FileCheck %s

module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l2_bytes = 2097152 : i64}} {
  // CHECK-LABEL: func.func @kinds
  // CHECK: cnn.convolution {{.*}} algorithm <first_layer, pixels = 14, channels = 32>
  // CHECK: cnn.convolution {{.*}} algorithm <winograd, pixels = 14, channels = 32, outputs = 4>
  // CHECK: cnn.convolution {{.*}} algorithm <depthwise, pixels = 14, channels = 16>
  // CHECK: cnn.convolution {{.*}} algorithm <pointwise, pixels = 9, channels = 48>
  func.func @kinds(%x: tensor<1x3x56x56xf32>) -> tensor<1x48x56x56xf32> {
    %w0 = arith.constant dense<1.0> : tensor<64x3x3x3xf32>
    %w1 = arith.constant dense<1.0> : tensor<64x64x3x3xf32>
    %w2 = arith.constant dense<1.0> : tensor<64x1x3x3xf32>
    %w3 = arith.constant dense<1.0> : tensor<48x64x1x1xf32>
    %a = cnn.convolution %x, %w0 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x3x56x56xf32>, tensor<64x3x3x3xf32>) -> tensor<1x64x56x56xf32>
    %b = cnn.convolution %a, %w1 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32>
    %c = cnn.convolution %b, %w2 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 64
       : (tensor<1x64x56x56xf32>, tensor<64x1x3x3xf32>) -> tensor<1x64x56x56xf32>
    %d = cnn.convolution %c, %w3 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x64x56x56xf32>, tensor<48x64x1x1xf32>) -> tensor<1x48x56x56xf32>
    return %d : tensor<1x48x56x56xf32>
  }
}

// -----

// An algorithm that stands there is kept; a filter that is not constant is packed at run time.
module attributes {winnow.target = {vector_bits = 256 : i64, vector_registers = 16 : i64}} {
  // CHECK-LABEL: func.func @given
  // CHECK: cnn.convolution {{.*}} algorithm <direct, pixels = 2, channels = 8>
  // CHECK: cnn.convolution {{.*}} algorithm <generic, pixels = {{[0-9]+}}, channels = {{8|16|24}}>
  func.func @given(%x: tensor<1x16x8x8xf32>, %w: tensor<16x16x3x3xf32>) -> tensor<1x16x8x8xf32> {
    %c = arith.constant dense<1.0> : tensor<16x16x3x3xf32>
    %a = cnn.convolution %x, %c strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
           algorithm <direct, pixels = 2, channels = 8>
       : (tensor<1x16x8x8xf32>, tensor<16x16x3x3xf32>) -> tensor<1x16x8x8xf32>
    %b = cnn.convolution %a, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x16x8x8xf32>, tensor<16x16x3x3xf32>) -> tensor<1x16x8x8xf32>
    return %b : tensor<1x16x8x8xf32>
  }
}

// -----

// The taps of a row of one plain channel share their pixels in registers: tiles leave room for them.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l1_bytes = 49152 : i64, l2_bytes = 2097152 : i64}} {
  // CHECK-LABEL: func.func @grey
  // CHECK: cnn.convolution {{.*}} algorithm <first_layer, pixels = 14, channels = 16>
  func.func @grey(%x: tensor<1x1x28x28xf32>) -> tensor<1x6x28x28xf32> {
    %w = arith.constant dense<1.0> : tensor<6x1x5x5xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [2, 2, 2, 2] dilations [1, 1]
       : (tensor<1x1x28x28xf32>, tensor<6x1x5x5xf32>) -> tensor<1x6x28x28xf32>
    return %y : tensor<1x6x28x28xf32>
  }
}
