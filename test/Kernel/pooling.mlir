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
// CHECK: arith.divf
func.func @main(%x: tensor<1x16x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x16x1x1xf32, #cnn.layout<block = 8>> {
  %y = cnn.global_pool average %x
     : (tensor<1x16x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x16x1x1xf32, #cnn.layout<block = 8>>
  return %y : tensor<1x16x1x1xf32, #cnn.layout<block = 8>>
}
