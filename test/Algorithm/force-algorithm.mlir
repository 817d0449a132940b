// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=direct" | FileCheck %s --check-prefix=DIRECT
// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=pointwise" | FileCheck %s --check-prefix=POINTWISE
// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=pointwise" -mlir-disable-threading -remarks-filter-missed=algorithm -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=MISSED
// RUN: not winnow-opt %s --winnow-algorithm-pipeline="algorithm=magic" 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// UNKNOWN: error: unknown algorithm 'magic': expected one of depthwise, {{.*}}pointwise

// MISSED: remark: [Missed] algorithm{{.*}}cannot be computed by {{.*}}pointwise{{.*}}the window has more than one tap

module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64}} {
  // The forced kind is taken whatever it costs; where it is not legal, the cheapest one stays.
  // DIRECT-LABEL: func.func @forced
  // DIRECT: cnn.convolution {{.*}} algorithm <direct,
  // DIRECT: cnn.convolution {{.*}} algorithm <direct,
  // POINTWISE-LABEL: func.func @forced
  // POINTWISE: cnn.convolution {{.*}} algorithm <pointwise,
  // POINTWISE: cnn.convolution {{.*}} algorithm <depthwise,
  func.func @forced(%x: tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32> {
    %w0 = arith.constant dense<1.0> : tensor<32x32x1x1xf32>
    %w1 = arith.constant dense<1.0> : tensor<32x1x3x3xf32>
    %a = cnn.convolution %x, %w0 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x32x8x8xf32>, tensor<32x32x1x1xf32>) -> tensor<1x32x8x8xf32>
    %b = cnn.convolution %a, %w1 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 32
       : (tensor<1x32x8x8xf32>, tensor<32x1x3x3xf32>) -> tensor<1x32x8x8xf32>
    return %b : tensor<1x32x8x8xf32>
  }
}
