// RUN: winnow-opt %s --winnow-lower-to-kernels --winnow-verify-kernels --split-input-file | FileCheck %s

// Four channels of four pixels change places in registers: two rounds of four shuffles. The fifth channel has a block of
// its own, and 2 of 18 pixels are left.
// CHECK-LABEL: func.func @to_plain
// CHECK-COUNT-4: vector.load {{.*}} memref<1x2x18x4xf32>, vector<4xf32>
// CHECK-COUNT-8: vector.shuffle
// CHECK-COUNT-4: vector.store {{.*}} memref<1x5x18xf32>, vector<4xf32>
// CHECK-COUNT-4: vector.load {{.*}} memref<1x2x18x4xf32>, vector<4xf32>
// CHECK-COUNT-8: vector.shuffle
// CHECK-COUNT-1: vector.store {{.*}} memref<1x5x18xf32>, vector<4xf32>
// CHECK-NOT: vector.store
// CHECK: memref.subview {{.*}}[0, 0, 16] [1, 5, 2] [1, 1, 1]
// CHECK: memref.store
func.func @to_plain(%x: tensor<1x5x3x6xf32, #cnn.layout<block = 4>>) -> tensor<1x5x3x6xf32> {
  %y = cnn.convert_layout %x : (tensor<1x5x3x6xf32, #cnn.layout<block = 4>>) -> tensor<1x5x3x6xf32>
  return %y : tensor<1x5x3x6xf32>
}

// -----

// Channels that do not exist become zeros.
// CHECK-LABEL: func.func @to_blocks
// CHECK-COUNT-3: vector.load {{.*}} memref<2x3x8xf32>, vector<4xf32>
// CHECK: arith.constant dense<0.000000e+00> : vector<4xf32>
// CHECK-COUNT-8: vector.shuffle
// CHECK-COUNT-4: vector.store {{.*}} memref<2x1x8x4xf32>, vector<4xf32>
// CHECK-NOT: memref.store
func.func @to_blocks(%x: tensor<2x3x8xf32>) -> tensor<2x3x8xf32, #cnn.layout<block = 4>> {
  %y = cnn.convert_layout %x : (tensor<2x3x8xf32>) -> tensor<2x3x8xf32, #cnn.layout<block = 4>>
  return %y : tensor<2x3x8xf32, #cnn.layout<block = 4>>
}

// -----

// Fewer pixels than channels of a block, and types of other sizes, move pixel by pixel.
// CHECK-LABEL: func.func @negative
// CHECK-NOT: vector.shuffle
func.func @negative(%x: tensor<1x8x1x3xf32>, %h: tensor<1x8x4x4xf16>)
    -> (tensor<1x8x1x3xf32, #cnn.layout<block = 4>>, tensor<1x8x4x4xf16, #cnn.layout<block = 4>>) {
  %y = cnn.convert_layout %x : (tensor<1x8x1x3xf32>) -> tensor<1x8x1x3xf32, #cnn.layout<block = 4>>
  %z = cnn.convert_layout %h : (tensor<1x8x4x4xf16>) -> tensor<1x8x4x4xf16, #cnn.layout<block = 4>>
  return %y, %z : tensor<1x8x1x3xf32, #cnn.layout<block = 4>>, tensor<1x8x4x4xf16, #cnn.layout<block = 4>>
}
