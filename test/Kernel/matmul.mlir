// RUN: winnow-opt %s --winnow-lower-to-kernels --split-input-file | FileCheck %s

// A fully connected layer of one row streams its packed matrix; the last vector's store is masked.
// CHECK-LABEL: func.func @main
// CHECK: call @[[KERNEL:kernel_matmul_1x64x10_[a-z0-9_]+_packed_[a-z0-9_]+_bias_[a-z0-9_]+]](
// CHECK: func.func private @[[KERNEL]](
// CHECK: scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>)
// CHECK-COUNT-2: vector.fma
// CHECK: vector.store
// CHECK: vector.maskedstore
func.func @main(%x: tensor<1x64xf32>) -> tensor<1x10xf32> {
  %w = arith.constant dense<1.0> : tensor<10x64xf32>
  %b = arith.constant dense<1.0> : tensor<10xf32>
  %y = cnn.gemm %x, %w addend %b transpose_rhs true
     : (tensor<1x64xf32>, tensor<10x64xf32>, tensor<10xf32>) -> tensor<1x10xf32>
  return %y : tensor<1x10xf32>
}

// -----

// A rhs that is not constant is read as it lies.
// CHECK-LABEL: func.func @main
// CHECK: scf.for
// CHECK: call @[[KERNEL:kernel_matmul_3x4x16_[a-z0-9_]+]](
// CHECK: func.func private @[[KERNEL]](
// CHECK: vector.load {{.*}} vector<8xf32>
// CHECK: vector.fma
func.func @main(%a: tensor<2x3x4xf32>, %b: tensor<2x4x16xf32>) -> tensor<2x3x16xf32> {
  %y = cnn.matmul %a, %b : (tensor<2x3x4xf32>, tensor<2x4x16xf32>) -> tensor<2x3x16xf32>
  return %y : tensor<2x3x16xf32>
}
