// RUN: winnow-opt %s --winnow-resolve-auto-pad | FileCheck %s

// CHECK-LABEL: @upper
// CHECK: cnn.convolution {{.*}} pads [0, 0, 1, 1]
// CHECK-NOT: auto_pad
func.func @upper(%x: tensor<?x1x4x4xf32>, %w: tensor<1x1x3x3xf32>) -> tensor<?x1x2x2xf32> {
  %y = cnn.convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] auto_pad same_upper
       : (tensor<?x1x4x4xf32>, tensor<1x1x3x3xf32>) -> tensor<?x1x2x2xf32>
  return %y : tensor<?x1x2x2xf32>
}

// CHECK-LABEL: @lower
// CHECK: cnn.max_pool {{.*}} pads [1, 1, 0, 0]
func.func @lower(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x2x2xf32> {
  %y = cnn.max_pool %x kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] auto_pad same_lower
       : (tensor<1x1x4x4xf32>) -> tensor<1x1x2x2xf32>
  return %y : tensor<1x1x2x2xf32>
}

// CHECK-LABEL: @no_resolve_dynamic
// CHECK: auto_pad same_upper
func.func @no_resolve_dynamic(%x: tensor<1x1x?x4xf32>, %w: tensor<1x1x3x3xf32>) -> tensor<1x1x?x2xf32> {
  %y = cnn.convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] auto_pad same_upper
       : (tensor<1x1x?x4xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x?x2xf32>
  return %y : tensor<1x1x?x2xf32>
}
