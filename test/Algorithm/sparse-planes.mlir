// RUN: winnow-opt %s --winnow-select-algorithms | FileCheck %s

// Filters of zeros, which are sparse whatever the rest costs.
#b = #cnn.layout<block = 16>
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64}} {
  // What two of them have between each other lies as they have it in their lanes, the residual as well.
  // CHECK-LABEL: func.func @between
  // CHECK: %[[A:.*]] = cnn.convolution {{.*}} algorithm <sparse{{.*}} -> tensor<1x256x28x28xf32> loc
  // CHECK: %[[B:.*]] = cnn.convolution %[[A]], {{.*}} -> tensor<1x64x28x28xf32> loc
  // CHECK: cnn.convolution %[[B]], {{.*}} residual %[[A]] {{.*}} -> tensor<1x256x28x28xf32> loc
  // CHECK-NOT: cnn.convert_layout
  // CHECK: return
  func.func @between(%x: tensor<1x64x28x28xf32, #b>) -> tensor<1x256x28x28xf32> {
    %w = arith.constant dense<0.0> : tensor<256x64x1x1xf32>
    %v = arith.constant dense<0.0> : tensor<64x256x1x1xf32>
    %0 = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x64x28x28xf32, #b>, tensor<256x64x1x1xf32>) -> tensor<1x256x28x28xf32, #b>
    %1 = cnn.convolution %0, %v strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x256x28x28xf32, #b>, tensor<64x256x1x1xf32>) -> tensor<1x64x28x28xf32, #b>
    %2 = cnn.convolution %1, %w residual %0 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x64x28x28xf32, #b>, tensor<256x64x1x1xf32>, tensor<1x256x28x28xf32, #b>) -> tensor<1x256x28x28xf32, #b>
    %3 = cnn.convert_layout %2 : (tensor<1x256x28x28xf32, #b>) -> tensor<1x256x28x28xf32>
    return %3 : tensor<1x256x28x28xf32>
  }

  // A plain input is read where it lies; who needs blocks keeps the conversion.
  // CHECK-LABEL: func.func @input
  // CHECK-SAME: %[[X:.*]]: tensor<1x64x28x28xf32>
  // CHECK: %[[C:.*]] = cnn.convert_layout %[[X]]
  // CHECK: cnn.convolution %[[X]], {{.*}} algorithm <sparse
  // CHECK: cnn.max_pool %[[C]]
  func.func @input(%x: tensor<1x64x28x28xf32>) -> (tensor<1x64x28x28xf32, #b>, tensor<1x64x14x14xf32, #b>) {
    %w = arith.constant dense<0.0> : tensor<64x64x1x1xf32>
    %c = cnn.convert_layout %x : (tensor<1x64x28x28xf32>) -> tensor<1x64x28x28xf32, #b>
    %0 = cnn.convolution %c, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x64x28x28xf32, #b>, tensor<64x64x1x1xf32>) -> tensor<1x64x28x28xf32, #b>
    %1 = cnn.max_pool %c kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x64x28x28xf32, #b>) -> tensor<1x64x14x14xf32, #b>
    return %0, %1 : tensor<1x64x28x28xf32, #b>, tensor<1x64x14x14xf32, #b>
  }

  // What a convolution with a window makes, or reads, stays in blocks.
  // CHECK-LABEL: func.func @negative_windows
  // CHECK: cnn.convolution {{.*}} -> tensor<1x64x28x28xf32, #[[B:.*]]> loc
  // CHECK: cnn.convolution {{.*}} -> tensor<1x64x28x28xf32, #[[B]]> loc
  // CHECK: cnn.convolution {{.*}} -> tensor<1x64x28x28xf32, #[[B]]> loc
  // CHECK-NOT: cnn.convert_layout
  // CHECK: return
  func.func @negative_windows(%x: tensor<1x64x28x28xf32, #b>) -> tensor<1x64x28x28xf32, #b> {
    %w = arith.constant dense<0.0> : tensor<64x64x1x1xf32>
    %v = arith.constant dense<1.0> : tensor<64x64x3x3xf32>
    %0 = cnn.convolution %x, %v strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x28x28xf32, #b>, tensor<64x64x3x3xf32>) -> tensor<1x64x28x28xf32, #b>
    %1 = cnn.convolution %0, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x64x28x28xf32, #b>, tensor<64x64x1x1xf32>) -> tensor<1x64x28x28xf32, #b>
    %2 = cnn.convolution %1, %v strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x28x28xf32, #b>, tensor<64x64x3x3xf32>) -> tensor<1x64x28x28xf32, #b>
    return %2 : tensor<1x64x28x28xf32, #b>
  }
}
