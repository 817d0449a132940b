// RUN: winnow-opt %s --winnow-lower-to-kernels --split-input-file | FileCheck %s

// A register tile of 2 pixels by 2 vectors over loops that are not unrolled;
// bias first, activation last. Equal layers share the kernel.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK-LABEL: func.func @main
  // CHECK-COUNT-2: call @[[KERNEL:kernel_conv_8to8_[a-z0-9_]+_relu_t2x2]](
  // CHECK: func.func private @[[KERNEL]](
  // CHECK: vector.load
  // The blocks and the channels of the input are loops, and the only ones around the step.
  // CHECK: scf.for {{.*}} -> (vector<4xf32>, vector<4xf32>, vector<4xf32>, vector<4xf32>)
  // CHECK-NEXT: arith.muli
  // CHECK: scf.for {{.*}} -> (vector<4xf32>, vector<4xf32>, vector<4xf32>, vector<4xf32>)
  // CHECK-COUNT-2: vector.load
  // CHECK: memref.load
  // CHECK: vector.broadcast
  // CHECK-COUNT-2: vector.fma
  // CHECK: memref.load
  // CHECK-COUNT-2: vector.fma
  // CHECK-NOT: vector.fma
  // CHECK: arith.select
  // CHECK: vector.store
  func.func @main(%x: tensor<1x8x4x4xf32, #cnn.layout<block = 4>>) -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x8x1x1xf32>
    %b = arith.constant dense<2.0> : tensor<8xf32>
    %y = cnn.convolution %x, %w bias %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
           activation <relu> algorithm <pointwise, pixels = 2, channels = 8>
       : (tensor<1x8x4x4xf32, #cnn.layout<block = 4>>, tensor<8x8x1x1xf32>, tensor<8xf32>)
         -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
    %z = cnn.convolution %y, %w bias %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
           activation <relu> algorithm <pointwise, pixels = 2, channels = 8>
       : (tensor<1x8x4x4xf32, #cnn.layout<block = 4>>, tensor<8x8x1x1xf32>, tensor<8xf32>)
         -> tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
    return %z : tensor<1x8x4x4xf32, #cnn.layout<block = 4>>
  }
}

// -----

// No padding is copied and no border is tested: the first and the last tile of
// a row have fewer taps, rows clip their taps by loop bounds.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK-LABEL: func.func @main
  // CHECK: func.func private @kernel_conv_4to4_{{.+}}_k3x3
  // CHECK-NOT: scf.if
  // CHECK-NOT: arith.select
  // CHECK: arith.maxsi
  func.func @main(%x: tensor<1x4x6x6xf32, #cnn.layout<block = 4>>) -> tensor<1x4x6x6xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<4x4x3x3xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
           algorithm <direct, pixels = 2, channels = 4>
       : (tensor<1x4x6x6xf32, #cnn.layout<block = 4>>, tensor<4x4x3x3xf32>)
         -> tensor<1x4x6x6xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x4x6x6xf32, #cnn.layout<block = 4>>
  }
}

// -----

// Without fused multiply-add a step is a product and a sum; the batch loop stands at the call.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 16 : i64, has_fma = false}} {
  // CHECK-LABEL: func.func @main
  // CHECK: scf.for
  // CHECK: memref.subview
  // CHECK: call @[[KERNEL:kernel_depthwise_[a-z0-9_]+]](
  // CHECK: func.func private @[[KERNEL]](
  // CHECK-NOT: vector.fma
  // CHECK: arith.mulf
  // CHECK: arith.addf
  func.func @main(%x: tensor<?x4x6x6xf32, #cnn.layout<block = 4>>) -> tensor<?x4x6x6xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<4x1x3x3xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 4
       : (tensor<?x4x6x6xf32, #cnn.layout<block = 4>>, tensor<4x1x3x3xf32>)
         -> tensor<?x4x6x6xf32, #cnn.layout<block = 4>>
    return %y : tensor<?x4x6x6xf32, #cnn.layout<block = 4>>
  }
}
