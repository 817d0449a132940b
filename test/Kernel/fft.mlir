// RUN: winnow-opt %s --winnow-lower-to-kernels --split-input-file | FileCheck %s

// Tiles of 8 x 8 have 4 real points and 30 complex ones with three products each. 6 x 6 outputs are two rows of two tiles.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // 94 points of 8 input channels by 8 output channels.
  // CHECK: memref.global "private" constant @{{.*}} : memref<6016xf32>
  // CHECK-LABEL: func.func @main
  // CHECK-COUNT-2: memref.alloc() {{.*}} : memref<[[SCRATCH:[0-9]+]]xf32>
  // CHECK: call @[[IN:kernel_fft_input_8_[a-z0-9_]+_n8_2of2]](
  // CHECK: call @[[PRODUCT:kernel_batched_product_8to8_b4_n94_4of4_t4x2_inside]](
  // CHECK: call @[[OUT:kernel_fft_output_8to8_[a-z0-9_]+_n8_2of2]](
  // CHECK: func.func private @[[IN]](
  // Transformed rows, and one row that reaches over the image.
  // CHECK: memref.alloca() {{.*}} : memref<320xf32>
  // CHECK: memref.alloca() {{.*}} : memref<32xf32>
  // CHECK: winnow.axis = "rows"
  // CHECK: winnow.axis = "channels"
  // CHECK: func.func private @[[PRODUCT]](
  // CHECK: winnow.axis = "points", winnow.axis_extent = 94
  // CHECK: func.func private @[[OUT]](
  // CHECK: arith.select
  // CHECK: winnow.axis = "rows"
  func.func @main(%x: tensor<1x8x6x6xf32, #cnn.layout<block = 4>>) -> tensor<1x8x6x6xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x8x5x5xf32>
    %b = arith.constant dense<2.0> : tensor<8xf32>
    %y = cnn.convolution %x, %w bias %b strides [1, 1] pads [2, 2, 2, 2] dilations [1, 1]
           activation <relu> algorithm <fft, pixels = 4, channels = 8, depth = 2, outputs = 8>
       : (tensor<1x8x6x6xf32, #cnn.layout<block = 4>>, tensor<8x8x5x5xf32>, tensor<8xf32>)
         -> tensor<1x8x6x6xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x8x6x6xf32, #cnn.layout<block = 4>>
  }
}

// -----

// A window of one row is transformed along the width only: 2 real and 7 complex points. Rows are chunks of their own.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK-LABEL: func.func @main
  // CHECK: scf.for
  // CHECK: call @kernel_batched_product_8to8_b4_n23_1of1_t4x2_inside
  func.func @main(%x: tensor<1x8x4x10xf32, #cnn.layout<block = 4>>) -> tensor<1x8x4x10xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x8x1x7xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 3, 0, 3] dilations [1, 1]
           algorithm <fft, pixels = 4, channels = 8, depth = 1, outputs = 16>
       : (tensor<1x8x4x10xf32, #cnn.layout<block = 4>>, tensor<8x8x1x7xf32>)
         -> tensor<1x8x4x10xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x8x4x10xf32, #cnn.layout<block = 4>>
  }
}
