// RUN: winnow-opt %s --winnow-assign-layouts --split-input-file | FileCheck %s

// The first layer reads plain channels; what follows stays blocked until the result.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64}} {
  // CHECK-LABEL: func.func @chain
  // CHECK: %[[Y:.+]] = cnn.convolution %arg0
  // CHECK-SAME: -> tensor<1x32x8x8xf32, #cnn.layout<block = 16>>
  // CHECK: %[[R:.+]] = cnn.relu %[[Y]]
  // CHECK-SAME: -> tensor<1x32x8x8xf32, #cnn.layout<block = 16>>
  // CHECK: %[[P:.+]] = cnn.max_pool %[[R]]
  // CHECK-SAME: -> tensor<1x32x4x4xf32, #cnn.layout<block = 16>>
  // CHECK: %[[OUT:.+]] = cnn.convert_layout %[[P]]
  // CHECK: return %[[OUT]] : tensor<1x32x4x4xf32>
  func.func @chain(%x: tensor<1x3x8x8xf32>) -> tensor<1x32x4x4xf32> {
    %w = arith.constant dense<1.0> : tensor<32x3x3x3xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x3x8x8xf32>, tensor<32x3x3x3xf32>) -> tensor<1x32x8x8xf32>
    %r = cnn.relu %y : (tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32>
    %p = cnn.max_pool %r kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x32x8x8xf32>) -> tensor<1x32x4x4xf32>
    return %p : tensor<1x32x4x4xf32>
  }
}

// -----

// A wide plain input is converted once for both of its users. Squeezed maps and channel constants follow.
module attributes {winnow.target = {vector_bits = 256 : i64, vector_registers = 16 : i64}} {
  // CHECK-LABEL: func.func @squeeze
  // CHECK: %[[X:.+]] = cnn.convert_layout %arg0
  // CHECK-SAME: #cnn.layout<block = 8>
  // CHECK-NOT: cnn.convert_layout %arg0
  // CHECK: cnn.global_pool average
  // CHECK: cnn.mul
  // CHECK-SAME: (tensor<1x32x8x8xf32, #cnn.layout<block = 8>>, tensor<1x32x1x1xf32, #cnn.layout<block = 8>>)
  // CHECK: cnn.add
  // CHECK-SAME: (tensor<1x32x8x8xf32, #cnn.layout<block = 8>>, tensor<1x32x1x1xf32, #cnn.layout<block = 8>>)
  func.func @squeeze(%x: tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32> {
    %w = arith.constant dense<1.0> : tensor<32x32x1x1xf32>
    %c = arith.constant dense<2.0> : tensor<32x1x1xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x32x8x8xf32>, tensor<32x32x1x1xf32>) -> tensor<1x32x8x8xf32>
    %g = cnn.global_pool average %x : (tensor<1x32x8x8xf32>) -> tensor<1x32x1x1xf32>
    %m = cnn.mul %y, %g : (tensor<1x32x8x8xf32>, tensor<1x32x1x1xf32>) -> tensor<1x32x8x8xf32>
    %a = cnn.add %m, %c : (tensor<1x32x8x8xf32>, tensor<32x1x1xf32>) -> tensor<1x32x8x8xf32>
    return %a : tensor<1x32x8x8xf32>
  }
}

// -----

// Channels that share a block cannot be joined in blocks: the concatenation is plain.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64}} {
  // CHECK-LABEL: func.func @concat
  // CHECK: cnn.concat
  // CHECK-SAME: -> tensor<1x48x8x8xf32, #cnn.layout<block = 16>>
  // CHECK: cnn.concat
  // CHECK-SAME: -> tensor<1x40x8x8xf32>
  func.func @concat(%x: tensor<1x3x8x8xf32>) -> (tensor<1x48x8x8xf32>, tensor<1x40x8x8xf32>) {
    %w0 = arith.constant dense<1.0> : tensor<16x3x1x1xf32>
    %w1 = arith.constant dense<1.0> : tensor<32x3x1x1xf32>
    %w2 = arith.constant dense<1.0> : tensor<24x3x1x1xf32>
    %a = cnn.convolution %x, %w0 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xf32>, tensor<16x3x1x1xf32>) -> tensor<1x16x8x8xf32>
    %b = cnn.convolution %x, %w1 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xf32>, tensor<32x3x1x1xf32>) -> tensor<1x32x8x8xf32>
    %c = cnn.convolution %x, %w2 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xf32>, tensor<24x3x1x1xf32>) -> tensor<1x24x8x8xf32>
    %d = cnn.concat %a, %b axis 1 : (tensor<1x16x8x8xf32>, tensor<1x32x8x8xf32>) -> tensor<1x48x8x8xf32>
    %e = cnn.concat %c, %a axis 1 : (tensor<1x24x8x8xf32>, tensor<1x16x8x8xf32>) -> tensor<1x40x8x8xf32>
    return %d, %e : tensor<1x48x8x8xf32>, tensor<1x40x8x8xf32>
  }
}

// -----

// negative: integers and dynamic extents keep plain tensors.
// CHECK-LABEL: func.func @negative_dynamic
// CHECK-NOT: cnn.layout
func.func @negative_dynamic(%x: tensor<1x3x?x8xf32>) -> tensor<1x32x?x8xf32> {
  %w = arith.constant dense<1.0> : tensor<32x3x1x1xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x3x?x8xf32>, tensor<32x3x1x1xf32>) -> tensor<1x32x?x8xf32>
  return %y : tensor<1x32x?x8xf32>
}
