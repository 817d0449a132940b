// RUN: winnow-opt %s --winnow-lower-to-kernels --split-input-file | FileCheck %s

// All four output channels of a block have weights in the same two places: a vector of weights for each, and a pixel is
// one number that all lanes read. Of a window, places lie in a panel of 10 columns: channel 1 of tap 0, then of tap 8.
// CHECK-DAG: memref.global "private" constant @{{.*}} : memref<8xf32> = dense_resource<sparse_values>
// CHECK-DAG: memref.global "private" constant @{{.*}} : memref<2xi16> = dense_resource<sparse_places>
// CHECK-DAG: memref.global "private" constant @{{.*}} : memref<2xi32> = dense_resource<sparse_starts>
// CHECK-LABEL: func.func private @kernel_sparse_blocks_
// CHECK: memref.alloca() {alignment = 64 : i64}
// CHECK: scf.if
// CHECK: vector.load
// CHECK: vector.broadcast {{.*}} : f32 to vector<4xf32>
// CHECK: vector.fma
// CHECK-DAG: sparse_places: "0x4000000001005900"
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 16 : i64, fma}} {
  func.func @main(%x: tensor<1x4x8x8xf32, #cnn.layout<block = 4>>) -> tensor<1x4x8x8xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<[
      [[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 5.0]],
       [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]],
      [[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [[2.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 6.0]],
       [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]],
      [[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [[3.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 7.0]],
       [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]],
      [[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [[4.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 8.0]],
       [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]]]>
      : tensor<4x4x3x3xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
           algorithm <sparse, pixels = 8, channels = 4, depth = 4, outputs = 2>
       : (tensor<1x4x8x8xf32, #cnn.layout<block = 4>>, tensor<4x4x3x3xf32>)
         -> tensor<1x4x8x8xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x4x8x8xf32, #cnn.layout<block = 4>>
  }
}

// -----

// Pixels in one line are read where they are.
// CHECK-LABEL: func.func private @kernel_sparse_blocks_
// CHECK-NOT: memref.alloca
// CHECK: vector.fma
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 16 : i64, fma}} {
  func.func @main(%x: tensor<1x4x8x8xf32, #cnn.layout<block = 4>>) -> tensor<1x4x8x8xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<0.0> : tensor<4x4x1x1xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
           algorithm <sparse, pixels = 8, channels = 4, depth = 4>
       : (tensor<1x4x8x8xf32, #cnn.layout<block = 4>>, tensor<4x4x1x1xf32>)
         -> tensor<1x4x8x8xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x4x8x8xf32, #cnn.layout<block = 4>>
  }
}
