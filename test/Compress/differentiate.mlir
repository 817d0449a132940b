// Derivatives are ops of the dialect, added behind the network.
// RUN: winnow-opt %s --split-input-file --verify-diagnostics --winnow-differentiate | FileCheck %s

// A stride of 1 is passed back by a convolution with the filter turned around, a larger one by a transposed convolution;
// a residual as it is, and what is used twice adds up.
// CHECK-LABEL: @layers
// CHECK-SAME: %[[X:.*]]: tensor<1x2x4x4xf32>, %[[SEED:.*]]: tensor<1x2x2x2xf32> {winnow.name = "winnow.seed"}) ->
// CHECK-SAME: (tensor<1x2x2x2xf32>, tensor<1x2x4x4xf32> {winnow.name = "gradient0"})
// CHECK: %[[S:.*]] = cnn.convolution %[[X]], {{.*}} residual %[[X]] {{.*}} dilations [1, 1] :
// CHECK: %[[R:.*]] = cnn.relu %[[S]]
// CHECK: %[[Y:.*]] = cnn.convolution %[[R]], %[[W:.*]] strides [2, 2]
// CHECK: %[[DR:.*]] = cnn.transposed_convolution %[[SEED]], %[[W]] strides [2, 2]
// CHECK: cnn.greater %[[S]]
// CHECK: %[[DS:.*]] = cnn.mul %[[DR]],
// CHECK: %[[TURNED:.*]] = arith.constant dense<{{\[\[\[\[}}2.000000e+00, 1.000000e+00, 0.000000e+00]
// CHECK: %[[DX:.*]] = cnn.convolution %[[DS]], %[[TURNED]] strides [1, 1] pads [0, 0, 0, 2]
// CHECK: %[[SUM:.*]] = cnn.add %[[DX]], %[[DS]]
// CHECK: return %[[Y]], %[[SUM]]
func.func @layers(%x: tensor<1x2x4x4xf32>) -> tensor<1x2x2x2xf32> {
  %v = arith.constant dense<[[[[0.0, 1.0, 2.0]], [[3.0, 4.0, 5.0]]], [[[6.0, 7.0, 8.0]], [[9.0, 10.0, 11.0]]]]> : tensor<2x2x1x3xf32>
  %w = arith.constant dense<0.5> : tensor<2x2x2x2xf32>
  %0 = cnn.convolution %x, %v residual %x strides [1, 1] pads [0, 2, 0, 0] dilations [1, 1] activation <relu>
     : (tensor<1x2x4x4xf32>, tensor<2x2x1x3xf32>, tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %1 = cnn.convolution %0, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x2x4x4xf32>, tensor<2x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  return %1 : tensor<1x2x2x2xf32>
}

// -----

// What the result does not depend on needs no derivative: the resize is none of its business.
// CHECK-LABEL: @beside
// CHECK: return %{{.*}}, %{{.*}}, %{{.*}} : tensor<1x1x4x4xf32>, tensor<1x1x8x8xf32>, tensor<1x1x4x4xf32>
func.func @beside(%x: tensor<1x1x4x4xf32>) -> (tensor<1x1x4x4xf32>, tensor<1x1x8x8xf32>) {
  %0 = cnn.tanh %x : (tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  %1 = cnn.resize nearest %x coordinates half_pixel rounding floor scales [1.0, 1.0, 2.0, 2.0] : (tensor<1x1x4x4xf32>) -> tensor<1x1x8x8xf32>
  return %0, %1 : tensor<1x1x4x4xf32>, tensor<1x1x8x8xf32>
}

// -----

// A batch may be open.
// CHECK-LABEL: @open_batch
// CHECK: cnn.scatter_elements {{.*}} reduction add axis 0 : (tensor<?xf32>, tensor<?xi64>, tensor<?xf32>) -> tensor<?xf32>
// CHECK: return %{{.*}}, %{{.*}} : tensor<?x1x2x2xf32>, tensor<?x1x4x4xf32>
func.func @open_batch(%x: tensor<?x1x4x4xf32>) -> tensor<?x1x2x2xf32> {
  %0 = cnn.max_pool %x kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<?x1x4x4xf32>) -> tensor<?x1x2x2xf32>
  return %0 : tensor<?x1x2x2xf32>
}

// -----

// expected-error @+1 {{'enlarge' (cnn.resize): its derivative is not known in this form}}
func.func @negative_unknown_op(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x8x8xf32> {
  %0 = cnn.resize nearest %x coordinates half_pixel rounding floor scales [1.0, 1.0, 2.0, 2.0] : (tensor<1x1x4x4xf32>) -> tensor<1x1x8x8xf32> loc("enlarge")
  return %0 : tensor<1x1x8x8xf32>
}

// -----

// expected-error @+1 {{expected the first result to depend on argument 1}}
func.func @negative_independent(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{expected a first result of f32 to differentiate}}
func.func @negative_integers(%x: tensor<4xi32>) -> tensor<4xi32> {
  return %x : tensor<4xi32>
}
