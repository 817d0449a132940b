// RUN: winnow-opt %s --winnow-algorithm-pipeline --split-input-file | FileCheck %s
// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=fft" --split-input-file | FileCheck %s --check-prefix=FORCED
// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=fft" --split-input-file -mlir-disable-threading -remarks-filter-missed=algorithm -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=MISSED

// Large windows; the larger the window, the longer the transform. A window of three taps is left to Winograd's
// transforms, and where a map is small, FFTs would compute more than it has.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l1_bytes = 49152 : i64, l2_bytes = 2097152 : i64}} {
  // MISSED: the window has fewer than 5 taps along all dimensions
  // CHECK-LABEL: func.func @shapes
  // CHECK: cnn.convolution {{.*}} algorithm <fft, pixels = {{[0-9]+}}, channels = {{[0-9]+}}, depth = {{[0-9]+}}, outputs = 16>
  // CHECK: cnn.convolution {{.*}} algorithm <fft, {{.*}}, outputs = 32>
  // CHECK: cnn.convolution {{.*}} algorithm <winograd
  // FORCED-LABEL: func.func @shapes
  // FORCED: cnn.convolution {{.*}} algorithm <fft
  // FORCED: cnn.convolution {{.*}} algorithm <fft
  // FORCED: cnn.convolution {{.*}} algorithm <winograd
  func.func @shapes(%x: tensor<1x64x56x56xf32>) -> tensor<1x64x56x56xf32> {
    %w3 = arith.constant dense<1.0> : tensor<64x64x3x3xf32>
    %w7 = arith.constant dense<1.0> : tensor<64x64x7x7xf32>
    %w15 = arith.constant dense<1.0> : tensor<64x64x15x15xf32>
    %a = cnn.convolution %x, %w7 strides [1, 1] pads [3, 3, 3, 3] dilations [1, 1]
       : (tensor<1x64x56x56xf32>, tensor<64x64x7x7xf32>) -> tensor<1x64x56x56xf32>
    %b = cnn.convolution %a, %w15 strides [1, 1] pads [7, 7, 7, 7] dilations [1, 1]
       : (tensor<1x64x56x56xf32>, tensor<64x64x15x15xf32>) -> tensor<1x64x56x56xf32>
    %c = cnn.convolution %b, %w3 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32>
    return %c : tensor<1x64x56x56xf32>
  }
}

// -----

// Little to compute: a few outputs only, or few channels behind many.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l1_bytes = 49152 : i64, l2_bytes = 2097152 : i64}} {
  // CHECK-LABEL: func.func @small
  // CHECK-NOT: <fft
  // CHECK: return
  // FORCED-LABEL: func.func @small
  // FORCED: cnn.convolution {{.*}} algorithm <fft, {{.*}} outputs = 8>
  func.func @small(%x: tensor<1x32x7x7xf32>) -> tensor<1x128x7x7xf32> {
    %w = arith.constant dense<1.0> : tensor<128x32x5x5xf32>
    %a = cnn.convolution %x, %w strides [1, 1] pads [2, 2, 2, 2] dilations [1, 1]
       : (tensor<1x32x7x7xf32>, tensor<128x32x5x5xf32>) -> tensor<1x128x7x7xf32>
    return %a : tensor<1x128x7x7xf32>
  }
}

// -----

module attributes {winnow.target = {vector_bits = 256 : i64, vector_registers = 16 : i64}} {
  // MISSED: strides or dilations are not 1
  // MISSED: there is more than one group
  // MISSED: its sums of integers must not be rounded
  // MISSED: the window has more than 31 taps along a dimension
  // FORCED-LABEL: func.func @refused
  // FORCED-NOT: <fft
  // FORCED: return
  func.func @refused(%x: tensor<1x32x80x80xf32>) -> tensor<1x32x8x40xf32> {
    %w = arith.constant dense<1.0> : tensor<32x32x5x5xf32>
    %g = arith.constant dense<1.0> : tensor<32x16x5x5xf32>
    %l = arith.constant dense<1.0> : tensor<32x32x33x1xf32>
    %a = cnn.convolution %x, %w strides [2, 2] pads [2, 2, 2, 2] dilations [1, 1]
       : (tensor<1x32x80x80xf32>, tensor<32x32x5x5xf32>) -> tensor<1x32x40x40xf32>
    %b = cnn.convolution %a, %g strides [1, 1] pads [2, 2, 2, 2] dilations [1, 1] group 2
       : (tensor<1x32x40x40xf32>, tensor<32x16x5x5xf32>) -> tensor<1x32x40x40xf32>
    %c = cnn.convolution %b, %w strides [1, 1] pads [2, 2, 2, 2] dilations [1, 1] {winnow.exact}
       : (tensor<1x32x40x40xf32>, tensor<32x32x5x5xf32>) -> tensor<1x32x40x40xf32>
    %d = cnn.convolution %c, %l strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x32x40x40xf32>, tensor<32x32x33x1xf32>) -> tensor<1x32x8x40xf32>
    return %d : tensor<1x32x8x40xf32>
  }
}
