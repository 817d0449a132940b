// RUN: winnow-opt %s --winnow-lower-to-kernels --split-input-file | FileCheck %s

// Pairs of channels of a pixel meet pairs of the filter. 144 steps are four chains at most of 72; each adds its pairs, and
// then to f32 sums in memory, which start with the bias.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, f16_arithmetic = true, f16_conversion = true}} {
  // CHECK-LABEL: func.func private @kernel_conv_32to16_{{.*}}_wf16_pairs
  // CHECK-SAME: memref<4608xf16>
  // CHECK: memref.alloca() {alignment = 64 : i64} : memref<{{[0-9]+}}xf32>
  // CHECK: vector.fma {{.*}} : vector<32xf16>
  // CHECK: arith.addf {{.*}} : vector<32xf16>
  // CHECK: arith.extf {{.*}} : vector<16xf16> to vector<16xf32>
  // CHECK: arith.addf {{.*}} : vector<16xf32>
  // CHECK: arith.truncf {{.*}} : vector<16xf32> to vector<16xf16>
  func.func @chains(%x: tensor<1x32x4x4xf16, #cnn.layout<block = 16>>) -> tensor<1x16x4x4xf16, #cnn.layout<block = 16>> {
    %w = arith.constant dense<1.0> : tensor<16x32x3x3xf16>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x32x4x4xf16, #cnn.layout<block = 16>>, tensor<16x32x3x3xf16>) -> tensor<1x16x4x4xf16, #cnn.layout<block = 16>>
    return %y : tensor<1x16x4x4xf16, #cnn.layout<block = 16>>
  }
}

// -----

// One chain is all: no memory. The result stays f32.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, f16_arithmetic = true, f16_conversion = true}} {
  // CHECK-LABEL: func.func private @kernel_conv_32to16_{{.*}}_wf16_pairs
  // CHECK-NOT: memref.alloca
  // CHECK: vector.fma {{.*}} : vector<32xf16>
  // CHECK: vector.store {{.*}} vector<16xf32>
  func.func @chain(%x: tensor<1x32x4x4xf16, #cnn.layout<block = 16>>) -> tensor<1x16x4x4xf32, #cnn.layout<block = 16>> {
    %w = arith.constant dense<1.0> : tensor<16x32x1x1xf16>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x32x4x4xf16, #cnn.layout<block = 16>>, tensor<16x32x1x1xf16>) -> tensor<1x16x4x4xf32, #cnn.layout<block = 16>>
    return %y : tensor<1x16x4x4xf32, #cnn.layout<block = 16>>
  }
}

// -----

// Channels that are no pairs, and bf16, are widened.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, f16_arithmetic = true, f16_conversion = true}} {
  // CHECK-LABEL: func.func @negative
  // CHECK: arith.extf {{.*}} : vector<16xf16> to vector<16xf32>
  // CHECK: arith.extf {{.*}} : vector<16xbf16> to vector<16xf32>
  // CHECK-NOT: vector<32xf16>
  func.func @negative(%x: tensor<1x31x4x4xf16, #cnn.layout<block = 16>>, %z: tensor<1x32x4x4xbf16, #cnn.layout<block = 16>>)
      -> (tensor<1x16x4x4xf16, #cnn.layout<block = 16>>, tensor<1x16x4x4xbf16, #cnn.layout<block = 16>>) {
    %w = arith.constant dense<1.0> : tensor<16x31x1x1xf16>
    %v = arith.constant dense<1.0> : tensor<16x32x1x1xbf16>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x31x4x4xf16, #cnn.layout<block = 16>>, tensor<16x31x1x1xf16>) -> tensor<1x16x4x4xf16, #cnn.layout<block = 16>>
    %u = cnn.convolution %z, %v strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x32x4x4xbf16, #cnn.layout<block = 16>>, tensor<16x32x1x1xbf16>) -> tensor<1x16x4x4xbf16, #cnn.layout<block = 16>>
    return %y, %u : tensor<1x16x4x4xf16, #cnn.layout<block = 16>>, tensor<1x16x4x4xbf16, #cnn.layout<block = 16>>
  }
}
