// RUN: winnow-opt %s --winnow-lower-to-kernels --split-input-file | FileCheck %s

// Five pixels: three pairs, the last of which has no second pixel. Two halves of one block each way.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // Seven filters of 4 by 4 channels.
  // CHECK: memref.global "private" constant @{{.*}} : memref<112xf32>
  // CHECK-LABEL: func.func @main
  // CHECK: memref.alloc() {{.*}} : memref<[[SUMS:[0-9]+]]xf32>
  // CHECK: call @[[KERNEL:kernel_strassen_8to8_[a-z0-9_]+_c5]](
  // CHECK: func.func private @[[KERNEL]](
  // What waits for later products.
  // CHECK: memref.alloca()
  // S1 to S4 of two pairs, then of the last pixel alone.
  // CHECK-COUNT-8: vector.store
  // Two tiles of seven products: of two pairs, and of the last one, where A22 has no pixel.
  // CHECK-COUNT-14: vector.fma
  // CHECK: arith.select
  // CHECK-COUNT-6: vector.fma
  // CHECK-NOT: vector.fma
  // CHECK: winnow.axis = "slices", winnow.axis_extent = 1
  func.func @main(%x: tensor<1x8x1x5xf32, #cnn.layout<block = 4>>) -> tensor<1x8x1x5xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x8x1x1xf32>
    %b = arith.constant dense<2.0> : tensor<8xf32>
    %y = cnn.convolution %x, %w bias %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
           activation <relu> algorithm <strassen, pixels = 2, channels = 8>
       : (tensor<1x8x1x5xf32, #cnn.layout<block = 4>>, tensor<8x8x1x1xf32>, tensor<8xf32>)
         -> tensor<1x8x1x5xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x8x1x5xf32, #cnn.layout<block = 4>>
  }
}

// -----

// Two chunks of 8 pixels in a loop, then the last 4: three of them, so each is cut in two slices of its channels. The
// first slice of a chunk that a thread has adds up the sums.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK-LABEL: func.func @main
  // CHECK: call @[[KERNEL:kernel_strassen_16to16_[a-z0-9_]+_c8]](
  // CHECK: func.func private @[[KERNEL]](
  // CHECK: memref.load
  // CHECK: scf.if
  // CHECK: winnow.axis = "slices", winnow.axis_extent = 6
  // CHECK: scf.if
  // CHECK: winnow.axis = "slices", winnow.axis_extent = 6
  func.func @main(%x: tensor<1x16x4x5xf32, #cnn.layout<block = 4>>) -> tensor<1x16x4x5xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<16x16x1x1xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
           algorithm <strassen, pixels = 2, channels = 4, outputs = 8>
       : (tensor<1x16x4x5xf32, #cnn.layout<block = 4>>, tensor<16x16x1x1xf32>)
         -> tensor<1x16x4x5xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x16x4x5xf32, #cnn.layout<block = 4>>
  }
}
