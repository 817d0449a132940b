// RUN: winnow-opt %s --winnow-algorithm-pipeline | FileCheck %s
// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=direct" | FileCheck %s --check-prefix=FORCED

// FORCED-NOT: cnn.average_pool

module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l1_bytes = 49152 : i64, l2_bytes = 2097152 : i64}} {
  // The pixels that the strides meet are copied together where what is gained by that is more.
  // CHECK-LABEL: func.func @shortcut
  // CHECK: %[[COPY:.*]] = cnn.average_pool {{.*}} kernel [1, 1] strides [2, 2] pads [0, 0, 0, 0] {{.*}} -> tensor<1x512x14x14xf32, #cnn.layout<block = 16>>
  // CHECK: cnn.convolution %[[COPY]], {{.*}} strides [1, 1] pads [0, 0, 0, 0] {{.*}} algorithm <strassen
  func.func @shortcut(%x: tensor<1x512x28x28xf32>) -> tensor<1x1024x14x14xf32> {
    %w = arith.constant dense<1.0> : tensor<1024x512x1x1xf32>
    %y = cnn.convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x512x28x28xf32>, tensor<1024x512x1x1xf32>) -> tensor<1x1024x14x14xf32>
    return %y : tensor<1x1024x14x14xf32>
  }

  // Few channels: the copy would take longer.
  // CHECK-LABEL: func.func @negative_small
  // CHECK-NOT: cnn.average_pool
  // CHECK: cnn.convolution {{.*}} strides [2, 2] {{.*}} algorithm <direct
  func.func @negative_small(%x: tensor<1x64x56x56xf32>) -> tensor<1x128x28x28xf32> {
    %w = arith.constant dense<1.0> : tensor<128x64x1x1xf32>
    %y = cnn.convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x64x56x56xf32>, tensor<128x64x1x1xf32>) -> tensor<1x128x28x28xf32>
    return %y : tensor<1x128x28x28xf32>
  }

  // Pixels of the padding are not in the input.
  // CHECK-LABEL: func.func @negative_padded
  // CHECK-NOT: cnn.average_pool
  // CHECK: cnn.convolution {{.*}} strides [2, 2] pads [1, 1, 1, 1]
  func.func @negative_padded(%x: tensor<1x512x28x28xf32>) -> tensor<1x1024x15x15xf32> {
    %w = arith.constant dense<1.0> : tensor<1024x512x1x1xf32>
    %y = cnn.convolution %x, %w strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x512x28x28xf32>, tensor<1024x512x1x1xf32>) -> tensor<1x1024x15x15xf32>
    return %y : tensor<1x1024x15x15xf32>
  }
}
