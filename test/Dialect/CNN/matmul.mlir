// RUN: winnow-opt %s | winnow-opt | FileCheck %s

// Shapes and optional parts of the matrix products.

// CHECK-LABEL: @matmul_vectors
// CHECK: cnn.matmul %{{[^ ,]+}}, %{{[^ ,]+}}
// CHECK-SAME: (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
func.func @matmul_vectors(%a: tensor<4xf32>, %b: tensor<4xf32>) {
  %y = cnn.matmul %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return
}

// CHECK-LABEL: @matmul_batches
// CHECK: cnn.matmul %{{[^ ,]+}}, %{{[^ ,]+}}
// CHECK-SAME: (tensor<2x1x3x4xf32>, tensor<5x4x6xf32>) -> tensor<2x5x3x6xf32>
func.func @matmul_batches(%a: tensor<2x1x3x4xf32>, %b: tensor<5x4x6xf32>) {
  %y = cnn.matmul %a, %b : (tensor<2x1x3x4xf32>, tensor<5x4x6xf32>) -> tensor<2x5x3x6xf32>
  return
}

// CHECK-LABEL: @matmul_dynamic_batch
// CHECK: cnn.matmul %{{[^ ,]+}}, %{{[^ ,]+}}
// CHECK-SAME: (tensor<?x4xi32>, tensor<4x5xi32>) -> tensor<?x5xi32>
func.func @matmul_dynamic_batch(%a: tensor<?x4xi32>, %b: tensor<4x5xi32>) {
  %y = cnn.matmul %a, %b : (tensor<?x4xi32>, tensor<4x5xi32>) -> tensor<?x5xi32>
  return
}

// CHECK-LABEL: @gemm_everything
// CHECK: cnn.gemm %{{[^ ,]+}}, %{{[^ ,]+}} addend %{{[^ ,]+}} alpha 5.000000e-01 beta 2.000000e+00 transpose_lhs true transpose_rhs true activation <relu>
// CHECK-SAME: (tensor<64x1xf32>, tensor<10x64xf32>, tensor<1x1xf32>) -> tensor<1x10xf32>
func.func @gemm_everything(%a: tensor<64x1xf32>, %b: tensor<10x64xf32>, %c: tensor<1x1xf32>) {
  %y = cnn.gemm %a, %b addend %c alpha 0.5 beta 2.0 transpose_lhs true transpose_rhs true activation <relu>
       : (tensor<64x1xf32>, tensor<10x64xf32>, tensor<1x1xf32>) -> tensor<1x10xf32>
  return
}

// CHECK-LABEL: @einsum_implicit
// CHECK: cnn.einsum "ji,jk" %{{[^ ,]+}}, %{{[^ ,]+}}
// CHECK-SAME: (tensor<3x2xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
func.func @einsum_implicit(%a: tensor<3x2xf32>, %b: tensor<3x5xf32>) {
  %y = cnn.einsum "ji,jk" %a, %b : (tensor<3x2xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  return
}

// CHECK-LABEL: @einsum_ellipsis
// CHECK: cnn.einsum "...ij, ...jk -> ...ik" %{{[^ ,]+}}, %{{[^ ,]+}}
// CHECK-SAME: (tensor<7x1x2x3xf32>, tensor<5x3x4xf32>) -> tensor<7x5x2x4xf32>
func.func @einsum_ellipsis(%a: tensor<7x1x2x3xf32>, %b: tensor<5x3x4xf32>) {
  %y = cnn.einsum "...ij, ...jk -> ...ik" %a, %b
       : (tensor<7x1x2x3xf32>, tensor<5x3x4xf32>) -> tensor<7x5x2x4xf32>
  return
}

// CHECK-LABEL: @einsum_diagonal
// CHECK: cnn.einsum "ii->i" %{{[^ ,]+}}
// CHECK-SAME: (tensor<3x3xf32>) -> tensor<3xf32>
func.func @einsum_diagonal(%a: tensor<3x3xf32>) {
  %y = cnn.einsum "ii->i" %a : (tensor<3x3xf32>) -> tensor<3xf32>
  return
}
