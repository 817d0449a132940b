// RUN: winnow-opt %s --winnow-algorithm-pipeline --split-input-file | FileCheck %s
// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=im2col" --split-input-file | FileCheck %s --check-prefix=IM2COL
// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=kn2row" --split-input-file | FileCheck %s --check-prefix=KN2ROW
// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=implicit_gemm" --split-input-file | FileCheck %s --check-prefix=IMPLICIT
// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=im2col" --split-input-file -mlir-disable-threading -remarks-filter-missed=algorithm -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=IM2COL-MISSED
// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=kn2row" --split-input-file -mlir-disable-threading -remarks-filter-missed=algorithm -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=KN2ROW-MISSED

// Four planes of 2x2 pixels, no padding, one vector of channels: only tiles of pixels from anywhere are large.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l1_bytes = 49152 : i64, l2_bytes = 2097152 : i64}} {
  // CHECK-LABEL: func.func @planes
  // CHECK: cnn.convolution {{.*}} algorithm <implicit_gemm, pixels = {{[0-9]+}}, channels = 16, outputs = 16>
  // IM2COL-LABEL: func.func @planes
  // IM2COL: cnn.convolution {{.*}} algorithm <im2col, pixels = 16, channels = 16, outputs = 16>
  func.func @planes(%x: tensor<1x256x6x4x4xf32>) -> tensor<1x16x4x2x2xf32> {
    %w = arith.constant dense<1.0> : tensor<16x256x3x3x3xf32>
    %y = cnn.convolution %x, %w strides [1, 1, 1] pads [0, 0, 0, 0, 0, 0] dilations [1, 1, 1]
       : (tensor<1x256x6x4x4xf32>, tensor<16x256x3x3x3xf32>)
         -> tensor<1x16x4x2x2xf32>
    return %y : tensor<1x16x4x2x2xf32>
  }
}

// -----

module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l1_bytes = 49152 : i64, l2_bytes = 2097152 : i64}} {
  // Rows that tiles fill, and padding whose taps a direct kernel leaves out. Forced, large maps have chunks.
  // CHECK-LABEL: func.func @negative_padded
  // CHECK: cnn.convolution {{.*}} algorithm <direct,
  // IM2COL-LABEL: func.func @negative_padded
  // IM2COL: cnn.convolution {{.*}} algorithm <im2col, pixels = 14, channels = 32, outputs = 448>
  // IMPLICIT-LABEL: func.func @negative_padded
  // IMPLICIT: cnn.convolution {{.*}} algorithm <implicit_gemm, pixels = {{[0-9]+}}, channels = 32, outputs = {{[0-9]+}}>
  // KN2ROW-LABEL: func.func @negative_padded
  // KN2ROW: cnn.convolution {{.*}} algorithm <kn2row, pixels = 14, channels = 32, outputs = 48>
  func.func @negative_padded(%x: tensor<1x64x56x56xf32>) -> tensor<1x64x56x56xf32> {
    %w = arith.constant dense<1.0> : tensor<64x64x3x3xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [2, 2, 2, 2] dilations [2, 2]
       : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32>
    return %y : tensor<1x64x56x56xf32>
  }

  // IM2COL-MISSED: cannot be computed by {{.*}}im2col{{.*}}there is more than one group
  // KN2ROW-MISSED: cannot be computed by {{.*}}kn2row{{.*}}there is more than one group
  // KN2ROW-MISSED: cannot be computed by {{.*}}kn2row{{.*}}strides are not 1
  // KN2ROW-MISSED: cannot be computed by {{.*}}kn2row{{.*}}the output, which has a shorter type
  // IM2COL-LABEL: func.func @negative_legal
  // IM2COL: cnn.convolution {{.*}} algorithm <direct,
  // IM2COL-COUNT-2: cnn.convolution {{.*}} algorithm <im2col,
  // IMPLICIT-LABEL: func.func @negative_legal
  // IMPLICIT: cnn.convolution {{.*}} algorithm <direct,
  // IMPLICIT-COUNT-2: cnn.convolution {{.*}} algorithm <implicit_gemm,
  // KN2ROW-LABEL: func.func @negative_legal
  // KN2ROW-COUNT-3: cnn.convolution {{.*}} algorithm <direct,
  func.func @negative_legal(%x: tensor<1x64x28x28xf32>, %h: tensor<1x32x28x28xf16>)
      -> (tensor<1x64x14x14xf32>, tensor<1x32x28x28xf16>) {
    %v = arith.constant dense<1.0> : tensor<64x32x3x3xf32>
    %w = arith.constant dense<1.0> : tensor<64x64x3x3xf32>
    %u = arith.constant dense<1.0> : tensor<32x32x3x3xf16>
    %a = cnn.convolution %x, %v strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2
       : (tensor<1x64x28x28xf32>, tensor<64x32x3x3xf32>) -> tensor<1x64x28x28xf32>
    %b = cnn.convolution %a, %w strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x28x28xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x14x14xf32>
    %c = cnn.convolution %h, %u strides [1, 1] pads [2, 2, 2, 2] dilations [2, 2]
       : (tensor<1x32x28x28xf16>, tensor<32x32x3x3xf16>) -> tensor<1x32x28x28xf16>
    return %b, %c : tensor<1x64x14x14xf32>, tensor<1x32x28x28xf16>
  }
}

// -----

// With 16 registers a row of 7 pixels is cut into tiles of 4 and 3; tiles of gathered pixels have 6.
module attributes {winnow.target = {vector_bits = 256 : i64, vector_registers = 16 : i64, l1_bytes = 49152 : i64, l2_bytes = 2097152 : i64}} {
  // CHECK-LABEL: func.func @strided
  // CHECK: cnn.convolution {{.*}} algorithm <im2col, pixels = 6, channels = 16, outputs = 49>
  func.func @strided(%x: tensor<1x256x14x14xf32>) -> tensor<1x512x7x7xf32> {
    %w = arith.constant dense<1.0> : tensor<512x256x1x1xf32>
    %y = cnn.convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x256x14x14xf32>, tensor<512x256x1x1xf32>) -> tensor<1x512x7x7xf32>
    return %y : tensor<1x512x7x7xf32>
  }
}
