// RUN: winnow-opt %s --winnow-lower-to-kernels --winnow-verify-kernels --split-input-file | FileCheck %s

// 4x4 by stride 2: four phases of 2x2 taps, which write every second pixel. No zeros lie between inputs.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // The first phase has padding before, the last one behind; their outputs start at pixels 0, 1, 8 and 9.
  // CHECK-LABEL: func.func @four_phases
  // CHECK-NOT: memref.alloc() {{.*}}x7x
  // CHECK: %[[C0:.*]] = arith.constant 0 : index
  // CHECK: call @[[K00:kernel_conv_8to4_4x4_to_4x4_k2x2_s1_d1_p1x1_in8x8_by2x2[a-z0-9_]*]]({{.*}}, %[[C0]])
  // CHECK: %[[C1:.*]] = arith.constant 1 : index
  // CHECK: call @kernel_conv_8to4_4x4_to_4x4_k2x2_s1_d1_p1x0_in8x8_by2x2{{[a-z0-9_]*}}({{.*}}, %[[C1]])
  // CHECK: %[[C8:.*]] = arith.constant 8 : index
  // CHECK: call @kernel_conv_8to4_4x4_to_4x4_k2x2_s1_d1_p1_in8x8_by2x2{{[a-z0-9_]*}}({{.*}}, %[[C8]])
  // CHECK: %[[C9:.*]] = arith.constant 9 : index
  // CHECK: call @kernel_conv_8to4_4x4_to_4x4_k2x2_s1_d1_p0_in8x8_by2x2{{[a-z0-9_]*}}({{.*}}, %[[C9]])
  // CHECK: func.func private @[[K00]]({{.*}}: index)
  func.func @four_phases(%x: tensor<1x8x4x4xf32, #cnn.layout<block = 4>>) -> tensor<1x4x8x8xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x4x4x4xf32>
    %y = cnn.transposed_convolution %x, %w strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] output_padding [0, 0]
       : (tensor<1x8x4x4xf32, #cnn.layout<block = 4>>, tensor<8x4x4x4xf32>) -> tensor<1x4x8x8xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x4x8x8xf32, #cnn.layout<block = 4>>
  }
}

// -----

// Phases of the same shape share their kernel: 6x6 by stride 3 has two shapes along each dimension.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK-LABEL: func.func @shared
  // CHECK-COUNT-9: call @kernel_conv_8to4_
  // CHECK-NOT: call @kernel_conv_8to4_
  // CHECK-COUNT-4: func.func private @kernel_conv_8to4_
  // CHECK-NOT: func.func private @kernel_conv_8to4_
  func.func @shared(%x: tensor<1x8x4x4xf32, #cnn.layout<block = 4>>) -> tensor<1x4x12x12xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x4x6x6xf32>
    %y = cnn.transposed_convolution %x, %w strides [3, 3] pads [1, 1, 2, 2] dilations [1, 1] output_padding [0, 0]
       : (tensor<1x8x4x4xf32, #cnn.layout<block = 4>>, tensor<8x4x6x6xf32>) -> tensor<1x4x12x12xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x4x12x12xf32, #cnn.layout<block = 4>>
  }
}

// -----

// Without a stride there is one phase, whose outputs are not scattered: three taps mirrored.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, has_fma = true}} {
  // CHECK-LABEL: func.func @negative_no_stride
  // CHECK: call @kernel_conv_8to4_4_to_6_k3_s1_d1_p2_b4to4{{[a-z0-9_]*}}(
  // CHECK-NOT: call
  // CHECK: return
  func.func @negative_no_stride(%x: tensor<1x8x4xf32, #cnn.layout<block = 4>>) -> tensor<1x4x6xf32, #cnn.layout<block = 4>> {
    %w = arith.constant dense<1.0> : tensor<8x4x3xf32>
    %y = cnn.transposed_convolution %x, %w strides [1] pads [0, 0] dilations [1] output_padding [0]
       : (tensor<1x8x4xf32, #cnn.layout<block = 4>>, tensor<8x4x3xf32>) -> tensor<1x4x6xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x4x6xf32, #cnn.layout<block = 4>>
  }
}
