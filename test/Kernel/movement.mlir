// RUN: winnow-opt %s --winnow-lower-to-kernels --winnow-verify-kernels | FileCheck %s

// A reshape is a view.
// CHECK-LABEL: func.func @reshape
// CHECK-NOT: memref.alloc
// CHECK: memref.collapse_shape
// CHECK: memref.copy
func.func @reshape(%x: tensor<2x3x4xf32>) -> tensor<6x4xf32> {
  %0 = cnn.reshape %x : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
  return %0 : tensor<6x4xf32>
}

// Inputs are copied into parts of the result, for memory planning to elide.
// CHECK-LABEL: func.func @concat
// CHECK: memref.alloc() {alignment = 64 : i64} : memref<1x6x8x8xf32>
// CHECK: memref.subview
// CHECK: memref.copy
// CHECK: memref.subview
// CHECK: memref.copy
func.func @concat(%a: tensor<1x4x8x8xf32>, %b: tensor<1x2x8x8xf32>) -> tensor<1x6x8x8xf32> {
  %0 = cnn.concat %a, %b axis 1 : (tensor<1x4x8x8xf32>, tensor<1x2x8x8xf32>) -> tensor<1x6x8x8xf32>
  return %0 : tensor<1x6x8x8xf32>
}

// The dimensions of pixels stay together: whole maps move by vectors.
// CHECK-LABEL: func.func @shuffle
// CHECK: vector.load {{.*}} : memref<2x4x64xf32>
func.func @shuffle(%x: tensor<1x2x4x8x8xf32>) -> tensor<1x4x2x8x8xf32> {
  %0 = cnn.transpose %x permutation [0, 2, 1, 3, 4] : (tensor<1x2x4x8x8xf32>) -> tensor<1x4x2x8x8xf32>
  return %0 : tensor<1x4x2x8x8xf32>
}
