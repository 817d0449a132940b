// RUN: winnow-opt %s --winnow-convert-cnn-to-linalg | FileCheck %s

// Padding in front, the bias as what the sums start from, residual and activation behind.
// CHECK-LABEL: @conv
// CHECK: %[[P:.*]] = tensor.pad %arg0 low[0, 0, 1, 1] high[0, 0, 1, 1]
// CHECK: %[[B:.*]] = linalg.broadcast ins(%arg2 : tensor<4xf32>) {{.*}} dimensions = [0, 2, 3]
// CHECK: %[[C:.*]] = linalg.conv_2d_nchw_fchw {dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>} ins(%[[P]], %arg1 {{.*}}) outs(%[[B]]
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[C]], %arg3
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}} ins(%[[R]]
// CHECK: arith.maximumf
// CHECK-NOT: cnn.
func.func @conv(%x: tensor<?x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %b: tensor<4xf32>, %r: tensor<?x4x4x4xf32>) -> tensor<?x4x4x4xf32> {
  %y = cnn.convolution %x, %w bias %b residual %r strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] activation <relu> : (tensor<?x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<?x4x4x4xf32>) -> tensor<?x4x4x4xf32>
  return %y : tensor<?x4x4x4xf32>
}

// CHECK-LABEL: @depthwise
// CHECK: linalg.depthwise_conv_2d_nchw_chw
func.func @depthwise(%x: tensor<1x4x8x8xf32>, %w: tensor<4x1x3x3xf32>) -> tensor<1x4x6x6xf32> {
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 4 : (tensor<1x4x8x8xf32>, tensor<4x1x3x3xf32>) -> tensor<1x4x6x6xf32>
  return %y : tensor<1x4x6x6xf32>
}

// Windows at the border have fewer elements: the divisors are a constant.
// CHECK-LABEL: @mean
// CHECK-DAG: arith.constant dense<{{\[}}[4.000000e+00, 6.000000e+00, 4.000000e+00], [6.000000e+00, 9.000000e+00, 6.000000e+00], [4.000000e+00, 6.000000e+00, 4.000000e+00]]>
// CHECK-DAG: linalg.pooling_nchw_sum
// CHECK: arith.divf
func.func @mean(%x: tensor<1x2x5x5xf32>) -> tensor<1x2x3x3xf32> {
  %y = cnn.average_pool %x kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] : (tensor<1x2x5x5xf32>) -> tensor<1x2x3x3xf32>
  return %y : tensor<1x2x3x3xf32>
}

// CHECK-LABEL: @movements
// CHECK: linalg.transpose
// CHECK: tensor.extract_slice {{.*}}[0, 1] [4, 1] [1, 2]
// CHECK: tensor.insert_slice {{.*}}[0, 0] [4, 1] [1, 1]
// CHECK: tensor.insert_slice {{.*}}[0, 1] [4, 1] [1, 1]
// CHECK: tensor.collapse_shape
func.func @movements(%x: tensor<3x4xf32>) -> tensor<8xf32> {
  %0 = cnn.transpose %x permutation [1, 0] : (tensor<3x4xf32>) -> tensor<4x3xf32>
  %1 = cnn.slice %0 axes [1] starts [1] ends [3] steps [2] : (tensor<4x3xf32>) -> tensor<4x1xf32>
  %2 = cnn.concat %1, %1 axis 1 : (tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x2xf32>
  %3 = cnn.reshape %2 : (tensor<4x2xf32>) -> tensor<8xf32>
  return %3 : tensor<8xf32>
}

// Shuffled channels are read where they lie.
// CHECK-LABEL: @gather
// CHECK: arith.constant dense<[1, 3]> : tensor<2xindex>
// CHECK: linalg.generic
// CHECK: ^bb0(%[[C:.*]]: index, %{{.*}}: f32):
// CHECK: tensor.extract %arg0[%{{.*}}, %[[C]], %{{.*}}]
func.func @gather(%x: tensor<2x4x3xf32>) -> tensor<2x2x3xf32> {
  %i = arith.constant dense<[1, -1]> : tensor<2xi64>
  %y = cnn.gather %x, %i axis 1 : (tensor<2x4x3xf32>, tensor<2xi64>) -> tensor<2x2x3xf32>
  return %y : tensor<2x2x3xf32>
}
