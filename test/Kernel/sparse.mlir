// RUN: winnow-opt %s --winnow-lower-to-kernels | FileCheck %s

// Three of 64 weights are not zero: three values and places, and where those of each output channel start. Entries are
// read in a loop of unknown length, their weights broadcast to all lanes.
// CHECK-DAG: memref.global "private" constant @[[VALUES:.*]] : memref<3xf32> = dense_resource<sparse_values>
// CHECK-DAG: memref.global "private" constant @[[PLACES:.*]] : memref<3xi8> = dense_resource<sparse_places>
// CHECK-DAG: memref.global "private" constant @[[STARTS:.*]] : memref<9xi32> = dense_resource<sparse_starts>
// CHECK-LABEL: func.func private @kernel_sparse_
// CHECK: memref.alloca() {alignment = 64 : i64}
// CHECK: scf.for
// CHECK: vector.fma
// The numbers 0, 2, 1 behind the alignment of 64; values 1.0, 2.0, 3.0.
// CHECK-DAG: sparse_places: "0x40000000000201"
// CHECK-DAG: sparse_values: "0x400000000000803F0000004000004040"
// CHECK-DAG: sparse_starts: "0x40000000000000000200000002000000020000000200000002000000020000000200000003000000"
module attributes {winnow.target = {vector_bits = 256 : i64, vector_registers = 16 : i64}} {
  func.func @main(%x: tensor<1x8x8x8xf32, #cnn.layout<block = 8>>) -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>> {
    %w = arith.constant dense<[
      [[[1.0]], [[0.0]], [[2.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]]],
      [[[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]]],
      [[[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]]],
      [[[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]]],
      [[[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]]],
      [[[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]]],
      [[[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]]],
      [[[0.0]], [[3.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]]]]> : tensor<8x8x1x1xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
           algorithm <sparse, pixels = 8, channels = 8, depth = 1>
       : (tensor<1x8x8x8xf32, #cnn.layout<block = 8>>, tensor<8x8x1x1xf32>)
         -> tensor<1x8x8x8xf32, #cnn.layout<block = 8>>
    return %y : tensor<1x8x8x8xf32, #cnn.layout<block = 8>>
  }
}
