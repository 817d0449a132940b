// RUN: winnow-opt %s --winnow-algorithm-pipeline --split-input-file | FileCheck %s
// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=grouped" --split-input-file -mlir-disable-threading -remarks-filter-missed=algorithm -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=GROUPED
// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=gemv" --split-input-file -mlir-disable-threading -remarks-filter-missed=algorithm -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=GEMV

module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64}} {
  // Groups of 4 channels share a vector; groups of 16 fill one, and waste nothing in a tile of broadcasts.
  // CHECK-LABEL: func.func @groups
  // CHECK: cnn.convolution {{.*}} algorithm <grouped, pixels = 16, channels = 16>
  // CHECK: cnn.convolution {{.*}} algorithm <direct,
  func.func @groups(%x: tensor<1x128x28x28xf32>) -> tensor<1x128x28x28xf32> {
    %w0 = arith.constant dense<1.0> : tensor<128x4x3x3xf32>
    %w1 = arith.constant dense<1.0> : tensor<128x16x3x3xf32>
    %a = cnn.convolution %x, %w0 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 32
       : (tensor<1x128x28x28xf32>, tensor<128x4x3x3xf32>) -> tensor<1x128x28x28xf32>
    %b = cnn.convolution %a, %w1 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 8
       : (tensor<1x128x28x28xf32>, tensor<128x16x3x3xf32>) -> tensor<1x128x28x28xf32>
    return %b : tensor<1x128x28x28xf32>
  }
}

// -----

module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64}} {
  // GROUPED: cannot be computed by {{.*}}grouped{{.*}}groups have not as many outputs as inputs
  // GROUPED: cannot be computed by {{.*}}grouped{{.*}}groups do not fill blocks of channels
  // GROUPED: cannot be computed by {{.*}}grouped{{.*}}the window is too wide
  // CHECK-LABEL: func.func @others
  // CHECK-NOT: <grouped
  func.func @others(%x: tensor<1x96x16x16xf32>) -> (tensor<1x192x16x16xf32>, tensor<1x96x16x16xf32>) {
    %w0 = arith.constant dense<1.0> : tensor<192x4x1x1xf32>
    %w1 = arith.constant dense<1.0> : tensor<192x24x1x1xf32>
    %w3 = arith.constant dense<1.0> : tensor<96x8x1x7xf32>
    %a = cnn.convolution %x, %w0 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 24
       : (tensor<1x96x16x16xf32>, tensor<192x4x1x1xf32>) -> tensor<1x192x16x16xf32>
    %b = cnn.convolution %a, %w1 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 8
       : (tensor<1x192x16x16xf32>, tensor<192x24x1x1xf32>) -> tensor<1x192x16x16xf32>
    %d = cnn.convolution %x, %w3 strides [1, 1] pads [0, 3, 0, 3] dilations [1, 1] group 12
       : (tensor<1x96x16x16xf32>, tensor<96x8x1x7xf32>) -> tensor<1x96x16x16xf32>
    return %b, %d : tensor<1x192x16x16xf32>, tensor<1x96x16x16xf32>
  }
}

// -----

module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64}} {
  // GEMV: cannot be computed by {{.*}}gemv{{.*}}the window is not as large as the input
  // CHECK-LABEL: func.func @one_pixel
  // CHECK: cnn.convolution {{.*}} algorithm <direct,
  // CHECK: cnn.convolution {{.*}} algorithm <gemv, pixels = 1, channels = 128>
  // CHECK: cnn.convolution {{.*}} algorithm <gemv, pixels = 1, channels = 16>
  func.func @one_pixel(%x: tensor<1x32x7x7xf32>) -> tensor<1x10x1x1xf32> {
    %w0 = arith.constant dense<1.0> : tensor<32x32x3x3xf32>
    %w1 = arith.constant dense<1.0> : tensor<1000x32x7x7xf32>
    %w2 = arith.constant dense<1.0> : tensor<10x1000x1x1xf32>
    %a = cnn.convolution %x, %w0 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x32x7x7xf32>, tensor<32x32x3x3xf32>) -> tensor<1x32x7x7xf32>
    %b = cnn.convolution %a, %w1 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x32x7x7xf32>, tensor<1000x32x7x7xf32>) -> tensor<1x1000x1x1xf32>
    %c = cnn.convolution %b, %w2 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1000x1x1xf32>, tensor<10x1000x1x1xf32>) -> tensor<1x10x1x1xf32>
    return %c : tensor<1x10x1x1xf32>
  }
}
