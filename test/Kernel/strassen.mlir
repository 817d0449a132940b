// RUN: winnow-opt %s --winnow-lower-to-kernels --split-input-file | FileCheck %s

// Five pixels: three pairs, the last of which has no second pixel. Two halves of one block each way.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // Seven filters of 4 by 4 channels.
  // CHECK: memref.global "private" constant @{{.*}} : memref<112xf32>
  // CHECK-LABEL: func.func @main
  // CHECK: memref.alloc() {{.*}} : memref<[[SUMS:[0-9]+]]xf32>
  // CHECK: call @[[IN:kernel_strassen_input_8_p5_b4_f32_5of5]](
  // CHECK: call @[[PRODUCT:kernel_strassen_8to8_[a-z0-9_]+_5of5]](
  // CHECK: func.func private @[[IN]](
  // CHECK-COUNT-4: vector.store
  // CHECK: winnow.axis = "columns"
  // The last pixel alone.
  // CHECK: winnow.axis = "columns"
  // CHECK: winnow.axis = "channels"
  // CHECK: func.func private @[[PRODUCT]](
  // What waits for later products.
  // CHECK: memref.alloca()
  // Two tiles of seven products: of two pairs, and of the last one, where A22 has no pixel.
  // CHECK-COUNT-14: vector.fma
  // CHECK: arith.select
  // CHECK: winnow.axis = "columns"
  // CHECK-COUNT-6: vector.fma
  // CHECK-NOT: vector.fma
  // CHECK: winnow.axis = "columns"
  // CHECK: winnow.axis = "channels"
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

// Chunks of 8 pixels in a loop, then the last 4.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK-LABEL: func.func @main
  // CHECK: scf.for
  // CHECK: call @kernel_strassen_input_8_p20_b4_f32_8of8(
  // CHECK: call @kernel_strassen_8to8_{{[a-z0-9_]+}}_8of8(
  // CHECK: call @kernel_strassen_input_8_p20_b4_f32_4of8(
  // CHECK: call @kernel_strassen_8to8_{{[a-z0-9_]+}}_4of8(
  func.func @main(%x: tensor<1x8x4x5xf32, #cnn.layout<block = 4>>) -> tensor<1x8x4x5xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x8x1x1xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
           algorithm <strassen, pixels = 2, channels = 8, outputs = 8>
       : (tensor<1x8x4x5xf32, #cnn.layout<block = 4>>, tensor<8x8x1x1xf32>)
         -> tensor<1x8x4x5xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x8x4x5xf32, #cnn.layout<block = 4>>
  }
}
