// RUN: winnow-opt %s --winnow-algorithm-pipeline --split-input-file | FileCheck %s
// RUN: winnow-opt %s --winnow-algorithm-pipeline --split-input-file -mlir-disable-threading -remarks-filter-analyse=algorithm -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// The predicted times of all legal algorithms are in the remark.
// REMARK: computed by {{.*}}winograd F(4) in {{[0-9]+}} cycles{{.*}}rounding errors at most 53.{{[0-9]}} times those of direct sums{{.*}}predicted else: {{.*}}direct in {{[0-9]+}} cycles{{.*}}, generic in {{[0-9]+}} cycles

// Transforms win where their filter is read often; strided, dilated and grouped windows have none.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l1_bytes = 49152 : i64, l2_bytes = 2097152 : i64}} {
  // CHECK-LABEL: func.func @shapes
  // CHECK: cnn.convolution {{.*}} algorithm <pointwise
  // CHECK: cnn.convolution {{.*}} algorithm <winograd, pixels = {{[0-9]+}}, channels = {{[0-9]+}}, outputs = 4>
  // CHECK: cnn.convolution {{.*}} algorithm <direct
  // CHECK: cnn.convolution {{.*}} algorithm <direct
  // CHECK: cnn.convolution {{.*}} algorithm <direct
  func.func @shapes(%x: tensor<1x64x56x56xf32>) -> tensor<1x64x28x28xf32> {
    %p = arith.constant dense<1.0> : tensor<64x64x1x1xf32>
    %w = arith.constant dense<1.0> : tensor<64x64x3x3xf32>
    %v = arith.constant dense<1.0> : tensor<64x32x3x3xf32>
    %a = cnn.convolution %x, %p strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x64x56x56xf32>, tensor<64x64x1x1xf32>) -> tensor<1x64x56x56xf32>
    %b = cnn.convolution %a, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32>
    %c = cnn.convolution %b, %w strides [1, 1] pads [2, 2, 2, 2] dilations [2, 2]
       : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32>
    %d = cnn.convolution %c, %v strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2
       : (tensor<1x64x56x56xf32>, tensor<64x32x3x3xf32>) -> tensor<1x64x56x56xf32>
    %e = cnn.convolution %d, %w strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x28x28xf32>
    return %e : tensor<1x64x28x28xf32>
  }
}

// -----

// One filter of 38 MB for four tiles would only be read: never F(4, 3) here.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l1_bytes = 49152 : i64, l2_bytes = 2097152 : i64}} {
  // CHECK-LABEL: func.func @late
  // CHECK: cnn.convolution {{.*}} algorithm <pointwise
  // CHECK-NOT: outputs = 4
  // CHECK: return
  func.func @late(%x: tensor<1x512x7x7xf32>) -> tensor<1x512x7x7xf32> {
    %p = arith.constant dense<1.0> : tensor<512x512x1x1xf32>
    %w = arith.constant dense<1.0> : tensor<512x512x3x3xf32>
    %a = cnn.convolution %x, %p strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x512x7x7xf32>, tensor<512x512x1x1xf32>) -> tensor<1x512x7x7xf32>
    %b = cnn.convolution %a, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x512x7x7xf32>, tensor<512x512x3x3xf32>) -> tensor<1x512x7x7xf32>
    return %b : tensor<1x512x7x7xf32>
  }
}

// -----

// Long windows: accurate along one dimension, not nested along two.
module attributes {winnow.target = {vector_bits = 256 : i64, vector_registers = 16 : i64}} {
  // CHECK-LABEL: func.func @long
  // CHECK: cnn.convolution {{.*}} algorithm <pointwise
  // CHECK: cnn.convolution {{.*}} algorithm <winograd
  // CHECK: cnn.convolution {{.*}} algorithm <fft
  func.func @long(%x: tensor<1x128x28x28xf32>) -> tensor<1x128x28x28xf32> {
    %p = arith.constant dense<1.0> : tensor<128x128x1x1xf32>
    %w = arith.constant dense<1.0> : tensor<128x128x1x7xf32>
    %v = arith.constant dense<1.0> : tensor<128x128x7x7xf32>
    %a = cnn.convolution %x, %p strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x128x28x28xf32>, tensor<128x128x1x1xf32>) -> tensor<1x128x28x28xf32>
    %b = cnn.convolution %a, %w strides [1, 1] pads [0, 3, 0, 3] dilations [1, 1]
       : (tensor<1x128x28x28xf32>, tensor<128x128x1x7xf32>) -> tensor<1x128x28x28xf32>
    %c = cnn.convolution %b, %v strides [1, 1] pads [3, 3, 3, 3] dilations [1, 1]
       : (tensor<1x128x28x28xf32>, tensor<128x128x7x7xf32>) -> tensor<1x128x28x28xf32>
    return %c : tensor<1x128x28x28xf32>
  }
}
