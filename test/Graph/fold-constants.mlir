// RUN: winnow-opt %s --winnow-fold-constants=max-bytes=64 | FileCheck %s
// RUN: winnow-opt %s --winnow-fold-constants=dequantize=false | FileCheck %s --check-prefix=KEEP

// CHECK-LABEL: @arithmetic
// CHECK: %[[C:.*]] = arith.constant dense<[4.000000e+00, 6.000000e+00]> : tensor<2xf32>
// CHECK: return %[[C]]
func.func @arithmetic() -> tensor<2xf32> {
  %a = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = arith.constant dense<[3.0, 4.0]> : tensor<2xf32>
  %c = cnn.add %a, %b : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %c : tensor<2xf32>
}

// CHECK-LABEL: @transpose
// CHECK: dense<{{\[\[}}1, 3], [2, 4]]> : tensor<2x2xi32>
// CHECK-NOT: cnn.transpose
func.func @transpose() -> tensor<2x2xi32> {
  %a = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
  %b = cnn.transpose %a permutation [1, 0] : (tensor<2x2xi32>) -> tensor<2x2xi32>
  return %b : tensor<2x2xi32>
}

// CHECK-LABEL: @weights
// CHECK-NOT: cnn.dequantize_linear
// KEEP-LABEL: @weights
// KEEP: cnn.dequantize_linear
func.func @weights() -> tensor<32xf32> {
  %w = arith.constant dense<[1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8]> : tensor<32xi8>
  %s = arith.constant dense<0.5> : tensor<f32>
  %f = cnn.dequantize_linear %w, %s axis 0 : (tensor<32xi8>, tensor<f32>) -> tensor<32xf32>
  return %f : tensor<32xf32>
}

// CHECK-LABEL: @no_fold_explodes
// CHECK: cnn.tile
func.func @no_fold_explodes() -> tensor<200xf32> {
  %a = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = cnn.tile %a repeats [100] : (tensor<2xf32>) -> tensor<200xf32>
  return %b : tensor<200xf32>
}

// CHECK-LABEL: @no_fold_argument
// CHECK: cnn.add
func.func @no_fold_argument(%a: tensor<2xf32>) -> tensor<2xf32> {
  %b = arith.constant dense<[3.0, 4.0]> : tensor<2xf32>
  %c = cnn.add %a, %b : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %c : tensor<2xf32>
}
