// RUN: winnow-opt %s --winnow-lower-to-kernels --split-input-file | FileCheck %s

// Lanes are channels; each vector of a row is loaded once.
// CHECK-LABEL: func.func @main
// CHECK: call @[[KERNEL:kernel_max_pool_[a-z0-9_]+]](
// CHECK: func.func private @[[KERNEL]](
// CHECK: vector.load {{.*}} vector<8xf32>
// CHECK: arith.cmpf ogt
// CHECK: arith.select
// CHECK: vector.store {{.*}} vector<8xf32>
func.func @main(%x: tensor<1x16x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x16x4x4xf32, #cnn.layout<block = 8>> {
  %y = cnn.max_pool %x kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x16x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x16x4x4xf32, #cnn.layout<block = 8>>
  return %y : tensor<1x16x4x4xf32, #cnn.layout<block = 8>>
}

// -----

// CHECK-LABEL: func.func @main
// CHECK: func.func private @kernel_global_average_pool
// CHECK: scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// The mean is a product with the inverse count.
// CHECK: arith.constant dense<1.562500e-02> : vector<8xf32>
// CHECK-NEXT: arith.mulf
func.func @main(%x: tensor<1x16x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x16x1x1xf32, #cnn.layout<block = 8>> {
  %y = cnn.global_pool average %x
     : (tensor<1x16x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x16x1x1xf32, #cnn.layout<block = 8>>
  return %y : tensor<1x16x1x1xf32, #cnn.layout<block = 8>>
}

// -----

// Columns are combined over the rows of the window first: 3 loads for a tile of
// one pixel and row, then two steps join them.
// CHECK-LABEL: func.func @columns
// CHECK: func.func private @kernel_max_pool
// CHECK: scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK-COUNT-3: vector.load
// CHECK-NOT: vector.load
// CHECK: scf.yield {{.*}} : vector<8xf32>, vector<8xf32>, vector<8xf32>
// CHECK-COUNT-2: arith.select
// CHECK-NOT: arith.select
// CHECK: vector.store
func.func @columns(%x: tensor<1x8x3x3xf32, #cnn.layout<block = 8>>) -> tensor<1x8x1x1xf32, #cnn.layout<block = 8>> {
  %y = cnn.max_pool %x kernel [3, 3] strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x8x3x3xf32, #cnn.layout<block = 8>>) -> tensor<1x8x1x1xf32, #cnn.layout<block = 8>>
  return %y : tensor<1x8x1x1xf32, #cnn.layout<block = 8>>
}
