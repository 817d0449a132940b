// RUN: winnow-opt %s --winnow-lower-to-kernels --winnow-verify-kernels | FileCheck %s

// Contiguous rows: vectors along the row, then one horizontal reduction.
// CHECK-LABEL: func.func @last_axis
// CHECK: scf.for
// CHECK: vector.reduction <maximumf>
// CHECK: vector.reduction <add>
// CHECK: arith.divf {{.*}} : vector<8xf32>
func.func @last_axis(%x: tensor<4x32xf32>) -> tensor<4x32xf32> {
  %0 = cnn.softmax %x axis 1 : (tensor<4x32xf32>) -> tensor<4x32xf32>
  return %0 : tensor<4x32xf32>
}

// Strided rows: one row in each lane, nothing horizontal.
// CHECK-LABEL: func.func @first_axis
// CHECK-NOT: vector.reduction
// CHECK: arith.addf {{.*}} : vector<8xf32>
func.func @first_axis(%x: tensor<4x32xf32>) -> tensor<32xf32> {
  %0 = cnn.reduce sum %x axes [0] : (tensor<4x32xf32>) -> tensor<32xf32>
  return %0 : tensor<32xf32>
}
