// RUN: winnow-opt %s --winnow-fuse-bias --winnow-fuse-residual --winnow-fuse-activation | FileCheck %s

// CHECK-LABEL: @bias_residual_activation
// CHECK: %[[Y:.*]] = cnn.convolution %arg0, %{{.*}} bias %{{.*}} residual %arg1 {{.*}} activation <relu>
// CHECK-NEXT: return %[[Y]]
func.func @bias_residual_activation(%x: tensor<?x2x4x4xf32>, %r: tensor<3x2x4x4xf32>) -> tensor<3x2x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2x1x1xf32>
  %b = arith.constant dense<[[[[1.0]], [[2.0]]]]> : tensor<1x2x1x1xf32>
  %c = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<?x2x4x4xf32>, tensor<2x2x1x1xf32>) -> tensor<3x2x4x4xf32>
  %d = cnn.add %b, %c : (tensor<1x2x1x1xf32>, tensor<3x2x4x4xf32>) -> tensor<3x2x4x4xf32>
  %s = cnn.add %d, %r : (tensor<3x2x4x4xf32>, tensor<3x2x4x4xf32>) -> tensor<3x2x4x4xf32>
  %y = cnn.relu %s : (tensor<3x2x4x4xf32>) -> tensor<3x2x4x4xf32>
  return %y : tensor<3x2x4x4xf32>
}

// The shortcut is computed after the convolution that adds it.
// CHECK-LABEL: @later_shortcut
// CHECK: %[[R:.*]] = cnn.relu
// CHECK: cnn.convolution {{.*}} residual %[[R]]
func.func @later_shortcut(%x: tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2x1x1xf32>
  %c = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x2x4x4xf32>, tensor<2x2x1x1xf32>) -> tensor<1x2x4x4xf32>
  %r = cnn.relu %x : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %s = cnn.add %c, %r : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  return %s : tensor<1x2x4x4xf32>
}

// (x / 2 - 1) * 3 in the weights: w = 1.5, b = -3.
// CHECK-LABEL: @scales
// CHECK-DAG: dense<1.500000e+00> : tensor<1x1x1x1xf64>
// CHECK-DAG: dense<-3.000000e+00> : tensor<1xf64>
// CHECK-NOT: cnn.{{div|sub|mul}}
func.func @scales(%x: tensor<1x1x4x4xf64>) -> tensor<1x1x4x4xf64> {
  %w = arith.constant dense<1.0> : tensor<1x1x1x1xf64>
  %one = arith.constant dense<1.0> : tensor<f64>
  %two = arith.constant dense<2.0> : tensor<1xf64>
  %three = arith.constant dense<3.0> : tensor<1x1x1x1xf64>
  %c = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1x4x4xf64>, tensor<1x1x1x1xf64>) -> tensor<1x1x4x4xf64>
  %d = cnn.div %c, %two : (tensor<1x1x4x4xf64>, tensor<1xf64>) -> tensor<1x1x4x4xf64>
  %s = cnn.sub %d, %one : (tensor<1x1x4x4xf64>, tensor<f64>) -> tensor<1x1x4x4xf64>
  %y = cnn.mul %s, %three : (tensor<1x1x4x4xf64>, tensor<1x1x1x1xf64>) -> tensor<1x1x4x4xf64>
  return %y : tensor<1x1x4x4xf64>
}

// CHECK-LABEL: @matmul_bias
// CHECK: cnn.gemm %arg0, %{{.*}} addend %{{.*}} activation <tanh>
func.func @matmul_bias(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %b = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %c = cnn.matmul %x, %w : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  %d = cnn.add %c, %b : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %y = cnn.tanh %d : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// A number for each column of the picture is no bias.
// CHECK-LABEL: @no_fuse_columns
// CHECK: cnn.add
func.func @no_fuse_columns(%x: tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4x1x1xf32>
  %b = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %c = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x4x4xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32>
  %d = cnn.add %c, %b : (tensor<1x4x4x4xf32>, tensor<4xf32>) -> tensor<1x4x4x4xf32>
  return %d : tensor<1x4x4x4xf32>
}

// Two dynamic batches may differ at run time.
// CHECK-LABEL: @no_fuse_batches
// CHECK: cnn.add
func.func @no_fuse_batches(%x: tensor<?x2x4x4xf32>, %r: tensor<?x2x4x4xf32>) -> tensor<?x2x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2x1x1xf32>
  %c = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<?x2x4x4xf32>, tensor<2x2x1x1xf32>) -> tensor<?x2x4x4xf32>
  %s = cnn.add %c, %r : (tensor<?x2x4x4xf32>, tensor<?x2x4x4xf32>) -> tensor<?x2x4x4xf32>
  return %s : tensor<?x2x4x4xf32>
}

// CHECK-LABEL: @no_fuse_second_activation
// CHECK: cnn.convolution {{.*}} activation <relu>
// CHECK: cnn.sigmoid
func.func @no_fuse_second_activation(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %c = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x4x4xf32>
  %r = cnn.relu %c : (tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  %s = cnn.sigmoid %r : (tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  return %s : tensor<1x1x4x4xf32>
}

// CHECK-LABEL: @no_fuse_two_uses
// CHECK: cnn.relu
// CHECK: cnn.add
func.func @no_fuse_two_uses(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %c = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x4x4xf32>
  %r = cnn.relu %c : (tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  %s = cnn.add %r, %c : (tensor<1x1x4x4xf32>, tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  return %s : tensor<1x1x4x4xf32>
}
