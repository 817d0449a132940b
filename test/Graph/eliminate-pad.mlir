// RUN: winnow-opt %s --winnow-eliminate-pad | FileCheck %s

// CHECK-LABEL: @convolution
// CHECK: cnn.convolution %arg0, %arg1 {{.*}} pads [0, 1, 2, 3]
func.func @convolution(%x: tensor<1x1x4x4xf32>, %w: tensor<1x1x3x3xf32>) -> tensor<1x1x4x6xf32> {
  %p = cnn.pad constant %x pads [0, 0, 0, 1, 0, 0, 1, 2] : (tensor<1x1x4x4xf32>) -> tensor<1x1x5x7xf32>
  %y = cnn.convolution %p, %w strides [1, 1] pads [0, 0, 1, 1] dilations [1, 1]
       : (tensor<1x1x5x7xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x4x6xf32>
  return %y : tensor<1x1x4x6xf32>
}

// CHECK-LABEL: @max_pool_infinity
// CHECK: cnn.max_pool %arg0 {{.*}} pads [1, 1, 1, 1]
func.func @max_pool_infinity(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %v = arith.constant dense<0xFF800000> : tensor<f32>
  %p = cnn.pad constant %x value %v pads [0, 0, 1, 1, 0, 0, 1, 1] : (tensor<1x1x4x4xf32>, tensor<f32>) -> tensor<1x1x6x6xf32>
  %y = cnn.max_pool %p kernel [3, 3] strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1x6x6xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// CHECK-LABEL: @max_pool_of_relu
// CHECK: cnn.max_pool {{.*}} pads [1, 1, 1, 1]
func.func @max_pool_of_relu(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %r = cnn.relu %x : (tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  %p = cnn.pad constant %r pads [0, 0, 1, 1, 0, 0, 1, 1] : (tensor<1x1x4x4xf32>) -> tensor<1x1x6x6xf32>
  %y = cnn.max_pool %p kernel [3, 3] strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1x6x6xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// CHECK-LABEL: @average_pool
// CHECK: cnn.average_pool %arg0 {{.*}} pads [1, 1, 1, 1] {{.*}}count_include_pad
func.func @average_pool(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %p = cnn.pad constant %x pads [0, 0, 1, 1, 0, 0, 1, 1] : (tensor<1x1x4x4xf32>) -> tensor<1x1x6x6xf32>
  %y = cnn.average_pool %p kernel [3, 3] strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1x6x6xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// CHECK-LABEL: @no_eliminate_zero_could_win
// CHECK: cnn.pad
func.func @no_eliminate_zero_could_win(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %p = cnn.pad constant %x pads [0, 0, 1, 1, 0, 0, 1, 1] : (tensor<1x1x4x4xf32>) -> tensor<1x1x6x6xf32>
  %y = cnn.max_pool %p kernel [3, 3] strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1x6x6xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// CHECK-LABEL: @no_eliminate_channels
// CHECK: cnn.pad
func.func @no_eliminate_channels(%x: tensor<1x1x4x4xf32>, %w: tensor<1x2x1x1xf32>) -> tensor<1x1x4x4xf32> {
  %p = cnn.pad constant %x pads [0, 0, 0, 0, 0, 1, 0, 0] : (tensor<1x1x4x4xf32>) -> tensor<1x2x4x4xf32>
  %y = cnn.convolution %p, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// CHECK-LABEL: @no_eliminate_other_fill
// CHECK: cnn.pad
func.func @no_eliminate_other_fill(%x: tensor<1x1x4x4xf32>, %w: tensor<1x1x3x3xf32>) -> tensor<1x1x4x4xf32> {
  %p = cnn.pad edge %x pads [0, 0, 1, 1, 0, 0, 1, 1] : (tensor<1x1x4x4xf32>) -> tensor<1x1x6x6xf32>
  %y = cnn.convolution %p, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1x6x6xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}
