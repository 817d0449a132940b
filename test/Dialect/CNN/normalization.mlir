// RUN: winnow-opt %s | winnow-opt | FileCheck %s

// Optional parts and mixed element types of the normalisations.

// CHECK-LABEL: @batch_norm_mixed
// CHECK: cnn.batch_norm %{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}} epsilon 1.000000e-03
// CHECK-SAME: (tensor<?x4xf16>, tensor<4xf16>, tensor<4xf16>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf16>
func.func @batch_norm_mixed(%x: tensor<?x4xf16>, %s: tensor<4xf16>, %b: tensor<4xf16>, %m: tensor<4xf32>, %v: tensor<4xf32>) {
  %y = cnn.batch_norm %x, %s, %b, %m, %v epsilon 1.0e-3
       : (tensor<?x4xf16>, tensor<4xf16>, tensor<4xf16>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf16>
  return
}

// CHECK-LABEL: @layer_norm_no_bias
// CHECK: cnn.layer_norm %{{[^ ,]+}}, %{{[^ ,]+}} axis 2 epsilon 1.000000e-03
// CHECK-SAME: (tensor<2x3x8xf32>, tensor<8xf32>) -> (tensor<2x3x8xf32>, tensor<2x3x1xf32>, tensor<2x3x1xf32>)
func.func @layer_norm_no_bias(%x: tensor<2x3x8xf32>, %s: tensor<8xf32>) {
  %y, %m, %d = cnn.layer_norm %x, %s axis 2 epsilon 1.0e-3
       : (tensor<2x3x8xf32>, tensor<8xf32>) -> (tensor<2x3x8xf32>, tensor<2x3x1xf32>, tensor<2x3x1xf32>)
  return
}
