// RUN: winnow-opt %s --winnow-lower-to-kernels --split-input-file | FileCheck %s

// One output pixel: each block of output channels is a stream of weights, three of them at once.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK-LABEL: func.func @gemv
  // CHECK: call @[[KERNEL:kernel_gemv_8to12_[a-z0-9_]+]](
  // CHECK: func.func private @[[KERNEL]](
  // CHECK: scf.for {{.*}} -> (vector<4xf32>, vector<4xf32>, vector<4xf32>)
  // CHECK-COUNT-3: vector.load
  // CHECK-COUNT-3: memref.prefetch
  // CHECK: memref.load
  // CHECK-COUNT-3: vector.fma
  // CHECK-NOT: scf.for
  // CHECK-COUNT-3: vector.store
  // Threads may divide the groups of streams.
  // CHECK: axis
  func.func @gemv(%x: tensor<1x8x2x2xf32, #cnn.layout<block = 4>>) -> tensor<1x12x1x1xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<12x8x2x2xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
           algorithm <gemv, pixels = 1, channels = 12>
       : (tensor<1x8x2x2xf32, #cnn.layout<block = 4>>, tensor<12x8x2x2xf32>)
         -> tensor<1x12x1x1xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x12x1x1xf32, #cnn.layout<block = 4>>
  }
}

// -----

// Two groups of two channels in a vector: two passes, after each of which the lanes of every group exchange their sums.
// A part of what the tile below will read is fetched in each, and borders of the image are the only branches.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK-LABEL: func.func @grouped
  // CHECK: call @[[KERNEL:kernel_grouped_8to8_[a-z0-9_]+_g4_[a-z0-9_]+]](
  // CHECK: func.func private @[[KERNEL]](
  // CHECK: scf.for {{.*}} iter_args
  // CHECK: vector.fma
  // CHECK: memref.prefetch
  // CHECK-COUNT-4: vector.shuffle {{.*}} [1, 0, 3, 2]
  // CHECK-NOT: vector.fma
  // CHECK: vector.store
  func.func @grouped(%x: tensor<1x8x4x4xf32, #cnn.layout<block = 4>>) -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x2x3x3xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 4
           algorithm <grouped, pixels = 4, channels = 4>
       : (tensor<1x8x4x4xf32, #cnn.layout<block = 4>>, tensor<8x2x3x3xf32>)
         -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
  }
}

// -----

// While the tiles of one group of output channels compute, they fetch the filter of the next one, a part each.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK-LABEL: func.func @ahead
  // CHECK: func.func private @kernel_conv_8to8_
  // CHECK: memref.prefetch {{.*}}, read, locality<3>, data
  // CHECK: memref.prefetch {{.*}}, read, locality<2>, data
  // CHECK: vector.fma
  func.func @ahead(%x: tensor<1x8x4x4xf32, #cnn.layout<block = 4>>) -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x8x1x1xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
           algorithm <pointwise, pixels = 4, channels = 4>
       : (tensor<1x8x4x4xf32, #cnn.layout<block = 4>>, tensor<8x8x1x1xf32>)
         -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
  }
}
