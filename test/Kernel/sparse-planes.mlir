// RUN: winnow-opt %s --winnow-lower-to-kernels | FileCheck %s

// Plain maps on both sides: rows of pixels are copied to the panel and sums stored as rows, no vector changes places with
// lanes. Of 49 pixels, the last row has one, which a mask keeps. The 20 output channels are no whole blocks.
// CHECK-LABEL: func.func private @kernel_sparse_{{.*}}_planes
// CHECK-SAME: memref<784xf32>
// CHECK-SAME: memref<980xf32>)
// CHECK-NOT: vector.shuffle
// CHECK: vector.maskedload
// CHECK-NOT: vector.shuffle
// CHECK: vector.maskedstore
// CHECK-NOT: vector.shuffle
// CHECK: return
module attributes {winnow.target = {vector_bits = 256 : i64, vector_registers = 16 : i64}} {
  func.func @main(%x: tensor<1x16x7x7xf32>) -> tensor<1x20x7x7xf32> {
    %w = arith.constant dense<0.0> : tensor<20x16x1x1xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] activation <relu>
           algorithm <sparse, pixels = 3, channels = 16, depth = 1>
       : (tensor<1x16x7x7xf32>, tensor<20x16x1x1xf32>) -> tensor<1x20x7x7xf32>
    return %y : tensor<1x20x7x7xf32>
  }
}
