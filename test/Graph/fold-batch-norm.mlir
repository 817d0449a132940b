// RUN: winnow-opt %s --winnow-fold-batch-norm | FileCheck %s

// s = [2, 4] / sqrt(3 + 1) = [1, 2]; t = b - m s = [0, 1] - [1, 1] * s = [-1, -1]
// CHECK-LABEL: @after_convolution
// CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[\[\[\[}}2.000000e+00]]], {{\[\[\[}}4.000000e+00]]]]> : tensor<2x1x1x1xf32>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<[9.000000e+00, 3.900000e+01]> : tensor<2xf32>
// CHECK: %[[Y:.*]] = cnn.convolution %{{.*}}, %[[W]] bias %[[B]]
// CHECK-NEXT: return %[[Y]]
func.func @after_convolution(%x: tensor<?x1x4x4xf32>) -> tensor<?x2x4x4xf32> {
  %w = arith.constant dense<2.0> : tensor<2x1x1x1xf32>
  %bias = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %b = arith.constant dense<[0.0, 1.0]> : tensor<2xf32>
  %m = arith.constant dense<1.0> : tensor<2xf32>
  %v = arith.constant dense<3.0> : tensor<2xf32>
  %c = cnn.convolution %x, %w bias %bias strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<?x1x4x4xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<?x2x4x4xf32>
  %y = cnn.batch_norm %c, %s, %b, %m, %v epsilon 1.0
       : (tensor<?x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x4x4xf32>
  return %y : tensor<?x2x4x4xf32>
}

// CHECK-LABEL: @after_gemm
// CHECK-DAG: dense<{{\[\[}}1.000000e+00, 1.000000e+00], [2.000000e+00, 2.000000e+00]]> : tensor<2x2xf16>
// CHECK-DAG: dense<[-1.000000e+00, -2.000000e+00]> : tensor<2xf16>
// CHECK: cnn.gemm
// CHECK-NOT: cnn.batch_norm
func.func @after_gemm(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %w = arith.constant dense<1.0> : tensor<2x2xf16>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf16>
  %b = arith.constant dense<0.0> : tensor<2xf16>
  %m = arith.constant dense<1.0> : tensor<2xf16>
  %v = arith.constant dense<3.0> : tensor<2xf16>
  %c = cnn.gemm %x, %w transpose_rhs true : (tensor<3x2xf16>, tensor<2x2xf16>) -> tensor<3x2xf16>
  %y = cnn.batch_norm %c, %s, %b, %m, %v epsilon 1.0
       : (tensor<3x2xf16>, tensor<2xf16>, tensor<2xf16>, tensor<2xf16>, tensor<2xf16>) -> tensor<3x2xf16>
  return %y : tensor<3x2xf16>
}

// Nothing is padded, so the shift passes through: bias = 2 * (1 - 2) = -2.
// CHECK-LABEL: @before_convolution
// CHECK-DAG: %[[W:.*]] = arith.constant dense<4.000000e+00> : tensor<1x1x1x1xf32>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<-2.000000e+00> : tensor<1xf32>
// CHECK: cnn.convolution %arg0, %[[W]] bias %[[B]]
func.func @before_convolution(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<2.0> : tensor<1x1x1x1xf32>
  %s = arith.constant dense<2.0> : tensor<1xf32>
  %one = arith.constant dense<1.0> : tensor<1xf32>
  %y = cnn.batch_norm %x, %s, %one, %one, %one epsilon 0.0
       : (tensor<1x1x4x4xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  %c = cnn.convolution %y, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x4x4xf32>
  return %c : tensor<1x1x4x4xf32>
}

// Padding is not shifted: the normalisation stays apart.
// CHECK-LABEL: @no_fold_before_padding
// CHECK: %[[M:.*]] = cnn.mul %arg0
// CHECK: %[[A:.*]] = cnn.add %[[M]]
// CHECK: cnn.convolution %[[A]]
func.func @no_fold_before_padding(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<2.0> : tensor<1x1x3x3xf32>
  %s = arith.constant dense<2.0> : tensor<1xf32>
  %one = arith.constant dense<1.0> : tensor<1xf32>
  %y = cnn.batch_norm %x, %s, %one, %one, %one epsilon 0.0
       : (tensor<1x1x4x4xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  %c = cnn.convolution %y, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x4x4xf32>
  return %c : tensor<1x1x4x4xf32>
}

// The convolution's own result is needed too.
// CHECK-LABEL: @no_fold_two_uses
// CHECK: cnn.convolution
// CHECK: cnn.mul
// CHECK: cnn.add
func.func @no_fold_two_uses(%x: tensor<1x1x4x4xf32>) -> (tensor<1x1x4x4xf32>, tensor<1x1x4x4xf32>) {
  %w = arith.constant dense<2.0> : tensor<1x1x1x1xf32>
  %s = arith.constant dense<2.0> : tensor<1xf32>
  %one = arith.constant dense<1.0> : tensor<1xf32>
  %c = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x4x4xf32>
  %y = cnn.batch_norm %c, %s, %one, %one, %one epsilon 0.0
       : (tensor<1x1x4x4xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %c, %y : tensor<1x1x4x4xf32>, tensor<1x1x4x4xf32>
}

// CHECK-LABEL: @no_fold_parameters_unknown
// CHECK: cnn.batch_norm
func.func @no_fold_parameters_unknown(%x: tensor<1x1x4x4xf32>, %s: tensor<1xf32>) -> tensor<1x1x4x4xf32> {
  %y = cnn.batch_norm %x, %s, %s, %s, %s epsilon 0.0
       : (tensor<1x1x4x4xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}
