// RUN: winnow-opt %s --winnow-lower-to-kernels --winnow-verify-kernels --split-input-file | FileCheck %s
// RUN: winnow-opt %s "--pass-pipeline=builtin.module(winnow-lower-to-kernels,winnow-partition-kernels{threads=2 fork-join-cycles=0})" --split-input-file | FileCheck %s --check-prefix=PARTS

#b = #cnn.layout<block = 4>
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64}} {
  // Convolution and pool are one call, and the map between them is nowhere in the arena: three rows of eight pixels of
  // one group of eight channels lie on the stack.
  // CHECK-LABEL: func.func @main
  // CHECK: memref.alloc() {alignment = 64 : i64} : memref<1x2x4x4x4xf32>
  // CHECK-NOT: memref.alloc
  // CHECK: call @[[KERNEL:kernel_pooled_[A-Za-z0-9_]+]](
  // CHECK-NOT: call
  // CHECK: func.func private @[[KERNEL]](
  // CHECK: memref.alloca() {alignment = 64 : i64} : memref<192xf32>
  // CHECK: vector.fma
  // CHECK: arith.remui
  // CHECK: arith.select
  // Threads divide the rows of the pool, each with a ring of its own.
  // PARTS-LABEL: func.func @main
  // PARTS: scf.parallel
  // PARTS: call @kernel_pooled
  func.func @main(%x: tensor<1x3x16x16xf32>) -> tensor<1x8x4x4xf32, #b> {
    %w = arith.constant dense<1.0> : tensor<8x3x3x3xf32>
    %0 = cnn.convolution %x, %w strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] activation <relu>
           algorithm <row_strips, pixels = 8, channels = 8, depth = 1, outputs = 1>
       : (tensor<1x3x16x16xf32>, tensor<8x3x3x3xf32>) -> tensor<1x8x8x8xf32, #b>
    %1 = cnn.max_pool %0 kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x8x8x8xf32, #b>) -> tensor<1x8x4x4xf32, #b>
    return %1 : tensor<1x8x4x4xf32, #b>
  }
}

// -----

#b = #cnn.layout<block = 4>
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64}} {
  // Winograd's tiles are pooled before they are stored: of the map of 8x8 there is none.
  // CHECK-LABEL: func.func @winograd
  // CHECK-NOT: memref.alloc{{.*}} memref<1x2x8x8x4xf32>
  // CHECK: call @kernel_winograd_output_{{.*}}_max2_
  func.func @winograd(%x: tensor<1x8x8x8xf32, #b>) -> tensor<1x8x4x4xf32, #b> {
    %w = arith.constant dense<1.0> : tensor<8x8x3x3xf32>
    %0 = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] activation <relu>
           algorithm <winograd, pixels = 4, channels = 8, depth = 1, outputs = 4>
       : (tensor<1x8x8x8xf32, #b>, tensor<8x8x3x3xf32>) -> tensor<1x8x8x8xf32, #b>
    %1 = cnn.max_pool %0 kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x8x8xf32, #b>) -> tensor<1x8x4x4xf32, #b>
    return %1 : tensor<1x8x4x4xf32, #b>
  }
}
