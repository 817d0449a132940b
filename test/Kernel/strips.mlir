// RUN: winnow-opt %s --winnow-lower-to-kernels --winnow-verify-kernels --split-input-file | FileCheck %s

#b = #cnn.layout<block = 4>
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64}} {
  // Three convolutions are one call with a scratch buffer: two parts, each with a ring of 4 rows of 8 pixels by 8
  // channels and a strip of 2 by 8 by 8. Nothing else is allocated for what lies between them.
  // CHECK-LABEL: func.func @group
  // CHECK-DAG: %[[SCRATCH:.*]] = memref.alloc() {alignment = 64 : i64} : memref<768xf32>
  // CHECK-DAG: memref.alloc() {alignment = 64 : i64} : memref<1x1x8x8x4xf32>
  // CHECK-NOT: memref.alloc
  // CHECK: call @[[KERNEL:kernel_strips_[A-Za-z0-9_]+_r2x2]]({{.*}}%[[SCRATCH]]
  // CHECK-NOT: call
  // CHECK: func.func private @[[KERNEL]](
  // The rows of the ring that are new, then the strip, then its projection.
  // CHECK: arith.remui
  // CHECK: vector.fma
  func.func @group(%x: tensor<1x4x8x8xf32, #b>) -> tensor<1x4x8x8xf32, #b> {
    %w0 = arith.constant dense<1.0> : tensor<8x4x1x1xf32>
    %w1 = arith.constant dense<1.0> : tensor<8x1x3x3xf32>
    %w2 = arith.constant dense<1.0> : tensor<4x8x1x1xf32>
    %0 = cnn.convolution %x, %w0 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] activation <relu>
           algorithm <row_strips, pixels = 4, channels = 8, depth = 2, outputs = 2>
       : (tensor<1x4x8x8xf32, #b>, tensor<8x4x1x1xf32>) -> tensor<1x8x8x8xf32, #b>
    %1 = cnn.convolution %0, %w1 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 8 activation <relu>
           algorithm <row_strips, pixels = 8, channels = 4, depth = 1, outputs = 2>
       : (tensor<1x8x8x8xf32, #b>, tensor<8x1x3x3xf32>) -> tensor<1x8x8x8xf32, #b>
    %2 = cnn.convolution %1, %w2 residual %x strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
           algorithm <row_strips, pixels = 8, channels = 4, outputs = 2>
       : (tensor<1x8x8x8xf32, #b>, tensor<4x8x1x1xf32>, tensor<1x4x8x8xf32, #b>) -> tensor<1x4x8x8xf32, #b>
    return %2 : tensor<1x4x8x8xf32, #b>
  }
}
