// RUN: winnow-opt %s --winnow-assign-layouts=block=8 | FileCheck %s

// Parts of a concatenation that only a gather reads become whole blocks: the
// channels of the second one move from 5 to 8.
// CHECK-LABEL: func.func @padded
// CHECK: cnn.convolution {{.*}} tensor<8x3x1x1xf32>, tensor<8xf32>) -> tensor<1x8x4x4xf32, #cnn.layout<block = 8>>
// CHECK: cnn.convolution {{.*}} tensor<8x3x1x1xf32>) -> tensor<1x8x4x4xf32, #cnn.layout<block = 8>>
// CHECK: %[[C:.*]] = cnn.concat {{.*}} -> tensor<1x16x4x4xf32, #cnn.layout<block = 8>>
// CHECK: %[[I:.*]] = arith.constant dense<[1, 8, 12]> : tensor<3xi64>
// CHECK: cnn.gather %[[C]], %[[I]] axis 1 {{.*}} -> tensor<1x3x4x4xf32, #cnn.layout<block = 8>>
func.func @padded(%x: tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<5x3x1x1xf32>
  %b = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0]> : tensor<5xf32>
  %i = arith.constant dense<[1, 5, 9]> : tensor<3xi64>
  %0 = cnn.convolution %x, %w bias %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x3x4x4xf32>, tensor<5x3x1x1xf32>, tensor<5xf32>) -> tensor<1x5x4x4xf32>
  %1 = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x3x4x4xf32>, tensor<5x3x1x1xf32>) -> tensor<1x5x4x4xf32>
  %2 = cnn.concat %0, %1 axis 1 : (tensor<1x5x4x4xf32>, tensor<1x5x4x4xf32>) -> tensor<1x10x4x4xf32>
  %3 = cnn.gather %2, %i axis 1 : (tensor<1x10x4x4xf32>, tensor<3xi64>) -> tensor<1x3x4x4xf32>
  return %3 : tensor<1x3x4x4xf32>
}

// Somebody sees the concatenation itself: it stays as it is, and plain.
// CHECK-LABEL: func.func @negative_seen
// CHECK: cnn.concat {{.*}} -> tensor<1x10x4x4xf32>
// CHECK: cnn.gather {{.*}} -> tensor<1x3x4x4xf32>
func.func @negative_seen(%x: tensor<1x3x4x4xf32>) -> (tensor<1x3x4x4xf32>, tensor<1x10x4x4xf32>) {
  %w = arith.constant dense<1.0> : tensor<5x3x1x1xf32>
  %i = arith.constant dense<[1, 5, 9]> : tensor<3xi64>
  %0 = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x3x4x4xf32>, tensor<5x3x1x1xf32>) -> tensor<1x5x4x4xf32>
  %1 = cnn.concat %0, %0 axis 1 : (tensor<1x5x4x4xf32>, tensor<1x5x4x4xf32>) -> tensor<1x10x4x4xf32>
  %2 = cnn.gather %1, %i axis 1 : (tensor<1x10x4x4xf32>, tensor<3xi64>) -> tensor<1x3x4x4xf32>
  return %2, %1 : tensor<1x3x4x4xf32>, tensor<1x10x4x4xf32>
}

// A slice of whole blocks keeps them, another one does not.
// CHECK-LABEL: func.func @slices
// CHECK: cnn.slice {{.*}} -> tensor<1x8x4x4xf32, #cnn.layout<block = 8>>
// CHECK: cnn.slice {{.*}} -> tensor<1x4x4x4xf32>
func.func @slices(%x: tensor<1x3x4x4xf32>) -> (tensor<1x8x4x4xf32>, tensor<1x4x4x4xf32>) {
  %w = arith.constant dense<1.0> : tensor<16x3x1x1xf32>
  %0 = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x3x4x4xf32>, tensor<16x3x1x1xf32>) -> tensor<1x16x4x4xf32>
  %1 = cnn.slice %0 axes [1] starts [8] ends [16] steps [1] : (tensor<1x16x4x4xf32>) -> tensor<1x8x4x4xf32>
  %2 = cnn.slice %0 axes [1] starts [4] ends [8] steps [1] : (tensor<1x16x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %1, %2 : tensor<1x8x4x4xf32>, tensor<1x4x4x4xf32>
}
