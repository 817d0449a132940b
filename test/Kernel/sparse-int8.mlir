// RUN: winnow-opt %s --winnow-lower-to-kernels | FileCheck %s

// Two of 16 blocks of four input channels have weights: those of output channels 0 and 7, which are added up side by side.
// One entry is a word of both places and eight bytes; the other channels have none.
// CHECK-DAG: memref.global "private" constant @{{.*}} : memref<2xi32> = dense_resource<sparse_values>
// CHECK-DAG: memref.global "private" constant @{{.*}} : memref<1xi16> = dense_resource<sparse_places>
// CHECK-DAG: memref.global "private" constant @{{.*}} : memref<5xi32> = dense_resource<sparse_starts>
// CHECK-DAG: memref.global "private" constant @{{.*}} : memref<8xi16> = dense_resource<sparse_slots>
//
// Four pixels of eight channels are a vector; even and odd words of two of them are the quads of the panel.
// CHECK-LABEL: func.func private @kernel_sparse_
// CHECK: memref.alloca() {alignment = 64 : i64} : memref<{{[0-9]+}}xi8>
// CHECK-COUNT-2: vector.load {{.*}} vector<32xi8>
// CHECK: vector.shuffle {{.*}} [0, 2, 8, 10, 4, 6, 12, 14]
// CHECK: vector.shuffle {{.*}} [1, 3, 9, 11, 5, 7, 13, 15]
//
// Weights are words for all lanes; sums of both channels stay in registers for as many entries as there are.
// CHECK: scf.for {{.*}} iter_args
// CHECK: vector.broadcast {{.*}} : i32 to vector<8xi32>
// CHECK-COUNT-8: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
// CHECK-NOT: vpdpbusd
// CHECK: scf.yield
//
// Vectors of one channel become bytes of pixels.
// CHECK: llvm.intr.lrint
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.packuswb"
// CHECK: vector.store {{.*}} vector<32xi8>
//
// CHECK-DAG: sparse_values: "0x4000000001000200000300FF"
// CHECK-DAG: sparse_places: "0x400000000001"
// CHECK-DAG: sparse_starts: "0x400000000000000001000000010000000100000001000000"
// CHECK-DAG: sparse_slots: "0x4000000000000700010002000300040005000600"
module attributes {winnow.target = {vector_bits = 256 : i64, vector_registers = 16 : i64, dot = "vnni"}} {
  func.func @main(%x: tensor<1x8x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>)
      -> tensor<1x8x8x8x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 8>> {
    %0 = arith.constant dense<[
      [[[1]], [[0]], [[2]], [[0]], [[0]], [[0]], [[0]], [[0]]],
      [[[0]], [[0]], [[0]], [[0]], [[0]], [[0]], [[0]], [[0]]],
      [[[0]], [[0]], [[0]], [[0]], [[0]], [[0]], [[0]], [[0]]],
      [[[0]], [[0]], [[0]], [[0]], [[0]], [[0]], [[0]], [[0]]],
      [[[0]], [[0]], [[0]], [[0]], [[0]], [[0]], [[0]], [[0]]],
      [[[0]], [[0]], [[0]], [[0]], [[0]], [[0]], [[0]], [[0]]],
      [[[0]], [[0]], [[0]], [[0]], [[0]], [[0]], [[0]], [[0]]],
      [[[0]], [[0]], [[0]], [[0]], [[0]], [[3]], [[0]], [[-1]]]]> : tensor<8x8x1x1xi8>
    %w = quant.scast %0 : tensor<8x8x1x1xi8> to tensor<8x8x1x1x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
           algorithm <sparse, pixels = 4, channels = 8, depth = 1>
       : (tensor<1x8x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>,
          tensor<8x8x1x1x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x8x8x8x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 8>>
    return %y : tensor<1x8x8x8x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 8>>
  }
}
