// RUN: winnow-opt %s --winnow-lower-to-kernels --split-input-file | FileCheck %s

// F(2, 3) of 4x4 outputs: 16 points, two rows of two tiles. The filter is
// transformed here, three kernels do the rest; equal layers share them.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // 16 points of 8 input channels by 8 output channels.
  // CHECK: memref.global "private" constant @{{.*}} : memref<1024xf32>
  // CHECK-LABEL: func.func @main
  // CHECK-COUNT-2: memref.alloc() {{.*}} : memref<[[SCRATCH:[0-9]+]]xf32>
  // CHECK: call @[[IN:kernel_winograd_input_8_[a-z0-9_]+]](
  // CHECK: call @[[PRODUCT:kernel_batched_product_8to8_b4_n16_4of4_t4x2]](
  // CHECK: call @[[OUT:kernel_winograd_output_8to8_[a-z0-9_]+]](
  // CHECK: call @[[IN]](
  // CHECK: call @[[PRODUCT]](
  // CHECK: call @[[OUT]](
  // CHECK: func.func private @[[IN]](
  // CHECK: memref.alloca()
  // CHECK-NOT: arith.mulf
  // CHECK: func.func private @[[PRODUCT]](
  // CHECK-COUNT-8: vector.fma
  // CHECK-NOT: vector.fma
  // CHECK: winnow.axis = "channels"
  // CHECK: winnow.axis = "points", winnow.axis_extent = 16
  // CHECK: func.func private @[[OUT]](
  // CHECK-COUNT-16: vector.load
  // CHECK-COUNT-4: arith.select
  func.func @main(%x: tensor<1x8x4x4xf32, #cnn.layout<block = 4>>) -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x8x3x3xf32>
    %b = arith.constant dense<2.0> : tensor<8xf32>
    %y = cnn.convolution %x, %w bias %b strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
           activation <relu> algorithm <winograd, pixels = 4, channels = 8, outputs = 2>
       : (tensor<1x8x4x4xf32, #cnn.layout<block = 4>>, tensor<8x8x3x3xf32>, tensor<8xf32>)
         -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
    %z = cnn.convolution %y, %w bias %b strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
           activation <relu> algorithm <winograd, pixels = 4, channels = 8, outputs = 2>
       : (tensor<1x8x4x4xf32, #cnn.layout<block = 4>>, tensor<8x8x3x3xf32>, tensor<8xf32>)
         -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
    return %z : tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
  }
}

// -----

// A window of one row has transforms along the width only.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK-LABEL: func.func @main
  // CHECK: call @kernel_batched_product_8to8_b4_n8_{{[0-9]+}}of{{[0-9]+}}_t4x2
  func.func @main(%x: tensor<1x8x4x4xf32, #cnn.layout<block = 4>>) -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x8x1x7xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 3, 0, 3] dilations [1, 1]
           algorithm <winograd, pixels = 4, channels = 8, outputs = 2>
       : (tensor<1x8x4x4xf32, #cnn.layout<block = 4>>, tensor<8x8x1x7xf32>)
         -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
  }
}

// -----

// Where the filter is larger than half of the second level cache, the tiles of a group fetch that of the next one.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true, l2_bytes = 4096 : i64}} {
  // CHECK-LABEL: func.func @main
  // CHECK: func.func private @kernel_batched_product_16to16_b4_n16_8of8_t4x2
  // CHECK: scf.for
  // CHECK: memref.prefetch {{.*}}, read, locality<2>, data
  // CHECK-NOT: locality<2>
  // CHECK-COUNT-2: memref.prefetch {{.*}}, read, locality<3>, data
  func.func @main(%x: tensor<1x16x8x8xf32, #cnn.layout<block = 4>>) -> tensor<1x16x8x8xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<16x16x3x3xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
           algorithm <winograd, pixels = 4, channels = 8, outputs = 2>
       : (tensor<1x16x8x8xf32, #cnn.layout<block = 4>>, tensor<16x16x3x3xf32>)
         -> tensor<1x16x8x8xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x16x8x8xf32, #cnn.layout<block = 4>>
  }
}
