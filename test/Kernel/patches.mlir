// RUN: winnow-opt %s --winnow-lower-to-kernels --winnow-verify-kernels --split-input-file | FileCheck %s

// Matrices of 8 patches: [2 input blocks][9 taps][8 pixels][4 channels]; 16 pixels are two of them.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK-LABEL: func.func @main
  // CHECK: memref.alloc() {{.*}} : memref<576xf32>
  // CHECK: scf.for
  // CHECK: call @[[PATCHES:kernel_patches_[a-z0-9_]+_8of8]](
  // CHECK: call @[[PRODUCT:kernel_im2col_[a-z0-9_]+_8of8]](
  // Taps that are not inside the input are zero.
  // CHECK: func.func private @[[PATCHES]](
  // CHECK: arith.cmpi ult
  // CHECK: vector.store
  // CHECK: vector.load
  // CHECK: winnow.axis = "channels", winnow.axis_extent = 2
  // One tile of 4 pixels by two vectors, in a loop over blocks and taps; 7 of 8 input channels exist.
  // CHECK: func.func private @[[PRODUCT]](
  // CHECK: arith.minsi
  // CHECK-COUNT-8: vector.fma
  // CHECK-NOT: vector.fma
  // CHECK: winnow.axis = "columns", winnow.axis_extent = 8
  // CHECK: winnow.axis = "channels"
  func.func @main(%x: tensor<1x7x4x4xf32, #cnn.layout<block = 4>>) -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x7x3x3xf32>
    %b = arith.constant dense<2.0> : tensor<8xf32>
    %y = cnn.convolution %x, %w bias %b strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
           activation <relu> algorithm <im2col, pixels = 4, channels = 8, outputs = 8>
       : (tensor<1x7x4x4xf32, #cnn.layout<block = 4>>, tensor<8x7x3x3xf32>, tensor<8xf32>)
         -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
  }
}

// -----

// Three columns of the window have 3, 4 and 3 pixels of a row: each tile adds to what the output holds.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK-LABEL: func.func @main
  // CHECK-NOT: memref.alloc() {{.*}}xf32>
  // CHECK: memref.alloc() {{.*}} : memref<1x2x4x4x4xf32>
  // CHECK: call @kernel_kn2row_
  // CHECK: func.func private @kernel_kn2row_
  // CHECK-COUNT-6: vector.fma
  // CHECK-COUNT-6: arith.addf
  // CHECK-COUNT-8: vector.fma
  // CHECK-COUNT-8: arith.addf
  // CHECK-COUNT-6: vector.fma
  // CHECK-COUNT-6: arith.addf
  // CHECK: arith.select
  // CHECK: winnow.axis = "channels"
  // CHECK: winnow.axis = "rows", winnow.axis_extent = 4
  func.func @main(%x: tensor<1x8x4x4xf32, #cnn.layout<block = 4>>) -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x8x3x3xf32>
    %b = arith.constant dense<2.0> : tensor<8xf32>
    %y = cnn.convolution %x, %w bias %b strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
           activation <relu> algorithm <kn2row, pixels = 4, channels = 8, outputs = 2>
       : (tensor<1x8x4x4xf32, #cnn.layout<block = 4>>, tensor<8x8x3x3xf32>, tensor<8xf32>)
         -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
  }
}

// -----

// Windows of 2x2 outputs by stride 2 start at the offsets of a table. No window leaves the input: there is no copy.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK: memref.global "private" constant @[[TABLE:.*]] : memref<4xi32> = dense<[0, 8, 40, 48]>
  // CHECK-LABEL: func.func @inside
  // CHECK: memref.get_global @[[TABLE]]
  // CHECK: call @kernel_implicit_gemm_
  // CHECK-NOT: call
  // CHECK: return
  // CHECK: func.func private @kernel_implicit_gemm_
  // CHECK-COUNT-4: memref.load {{.*}} : memref<4xi32>
  // CHECK-COUNT-8: vector.fma
  // CHECK-NOT: vector.fma
  func.func @inside(%x: tensor<1x8x5x5xf32, #cnn.layout<block = 4>>) -> tensor<1x8x2x2xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x8x3x3xf32>
    %y = cnn.convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
           algorithm <implicit_gemm, pixels = 4, channels = 8, outputs = 4>
       : (tensor<1x8x5x5xf32, #cnn.layout<block = 4>>, tensor<8x8x3x3xf32>) -> tensor<1x8x2x2xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x8x2x2xf32, #cnn.layout<block = 4>>
  }
}

// -----

// With padding a copy of 2 blocks of 5x6 pixels has zeros around it: the last row and column have no outputs.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK-LABEL: func.func @padded
  // CHECK: memref.alloc() {{.*}} : memref<240xf32>
  // CHECK: call @kernel_patches_8_5x5_to_5x6_k1_s1_d1_p1x1_b4_f32_30of30(
  // CHECK: call @kernel_implicit_gemm_
  func.func @padded(%x: tensor<1x8x5x5xf32, #cnn.layout<block = 4>>) -> tensor<1x8x2x4xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x8x3x3xf32>
    %y = cnn.convolution %x, %w strides [2, 1] pads [1, 1, 0, 0] dilations [1, 1]
           algorithm <implicit_gemm, pixels = 4, channels = 8>
       : (tensor<1x8x5x5xf32, #cnn.layout<block = 4>>, tensor<8x8x3x3xf32>) -> tensor<1x8x2x4xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x8x2x4xf32, #cnn.layout<block = 4>>
  }
}
