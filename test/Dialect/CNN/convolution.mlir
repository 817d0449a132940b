// RUN: winnow-opt %s | winnow-opt | FileCheck %s

// Every optional part of the convolutions.

// CHECK-LABEL: @convolution_1d
// CHECK: cnn.convolution %{{[^ ,]+}}, %{{[^ ,]+}} strides [1] pads [1, 1] dilations [1]
// CHECK-SAME: (tensor<?x4x8xf16>, tensor<6x4x3xf16>) -> tensor<?x6x8xf16>
func.func @convolution_1d(%x: tensor<?x4x8xf16>, %w: tensor<6x4x3xf16>) {
  %y = cnn.convolution %x, %w strides [1] pads [1, 1] dilations [1]
       : (tensor<?x4x8xf16>, tensor<6x4x3xf16>) -> tensor<?x6x8xf16>
  return
}

// CHECK-LABEL: @convolution_3d
// CHECK: cnn.convolution %{{[^ ,]+}}, %{{[^ ,]+}} strides [1, 1, 1] pads [0, 0, 0, 0, 0, 0] dilations [1, 1, 2]
// CHECK-SAME: (tensor<1x4x8x8x8xf64>, tensor<6x4x1x1x3xf64>) -> tensor<1x6x8x8x4xf64>
func.func @convolution_3d(%x: tensor<1x4x8x8x8xf64>, %w: tensor<6x4x1x1x3xf64>) {
  %y = cnn.convolution %x, %w strides [1, 1, 1] pads [0, 0, 0, 0, 0, 0] dilations [1, 1, 2]
       : (tensor<1x4x8x8x8xf64>, tensor<6x4x1x1x3xf64>) -> tensor<1x6x8x8x4xf64>
  return
}

// CHECK-LABEL: @convolution_epilogue
// CHECK: cnn.convolution %{{[^ ,]+}}, %{{[^ ,]+}} bias %{{[^ ,]+}} residual %{{[^ ,]+}} strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2 activation <clip(0.000000e+00, 6.000000e+00)> algorithm <direct, pixels = 14, channels = 16>
// CHECK-SAME: (tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32>, tensor<6xf32>, tensor<1x6x8x8xf32>) -> tensor<1x6x8x8xf32>
func.func @convolution_epilogue(%x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf32>, %b: tensor<6xf32>, %r: tensor<1x6x8x8xf32>) {
  %y = cnn.convolution %x, %w bias %b residual %r strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2 activation <clip(0.0, 6.0)> algorithm <direct, pixels = 14, channels = 16>
       : (tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32>, tensor<6xf32>, tensor<1x6x8x8xf32>) -> tensor<1x6x8x8xf32>
  return
}

// CHECK-LABEL: @convolution_same
// CHECK: cnn.convolution %{{[^ ,]+}}, %{{[^ ,]+}} strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] auto_pad  same_upper
// CHECK-SAME: (tensor<1x4x9x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x5x4xf32>
func.func @convolution_same(%x: tensor<1x4x9x8xf32>, %w: tensor<6x4x3x3xf32>) {
  %y = cnn.convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] auto_pad same_upper
       : (tensor<1x4x9x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x5x4xf32>
  return
}

// CHECK-LABEL: @convolution_dynamic_extents
// CHECK: cnn.convolution %{{[^ ,]+}}, %{{[^ ,]+}} strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] auto_pad  valid
// CHECK-SAME: (tensor<?x4x?x8xf32>, tensor<6x4x3x3xf32>) -> tensor<?x6x?x3xf32>
func.func @convolution_dynamic_extents(%x: tensor<?x4x?x8xf32>, %w: tensor<6x4x3x3xf32>) {
  %y = cnn.convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] auto_pad valid
       : (tensor<?x4x?x8xf32>, tensor<6x4x3x3xf32>) -> tensor<?x6x?x3xf32>
  return
}

// CHECK-LABEL: @convolution_blocked
// CHECK: cnn.convolution %{{[^ ,]+}}, %{{[^ ,]+}} strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
// CHECK-SAME: (tensor<1x16x8x8xf32, #cnn.layout<block = 16>>, tensor<16x16x1x1xf32>) -> tensor<1x16x8x8xf32, #cnn.layout<block = 16, halo = 1>>
func.func @convolution_blocked(%x: tensor<1x16x8x8xf32, #cnn.layout<block = 16>>, %w: tensor<16x16x1x1xf32>) {
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x16x8x8xf32, #cnn.layout<block = 16>>, tensor<16x16x1x1xf32>) -> tensor<1x16x8x8xf32, #cnn.layout<block = 16, halo = 1>>
  return
}

// CHECK-LABEL: @transposed_convolution_bias
// CHECK: cnn.transposed_convolution %{{[^ ,]+}}, %{{[^ ,]+}} bias %{{[^ ,]+}} strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] output_padding [1, 1] group 2
// CHECK-SAME: (tensor<1x4x8x8xf32>, tensor<4x3x3x3xf32>, tensor<6xf32>) -> tensor<1x6x16x16xf32>
func.func @transposed_convolution_bias(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x3x3xf32>, %b: tensor<6xf32>) {
  %y = cnn.transposed_convolution %x, %w bias %b strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] output_padding [1, 1] group 2
       : (tensor<1x4x8x8xf32>, tensor<4x3x3x3xf32>, tensor<6xf32>) -> tensor<1x6x16x16xf32>
  return
}

// CHECK-LABEL: @transposed_convolution_same
// CHECK: cnn.transposed_convolution %{{[^ ,]+}}, %{{[^ ,]+}} strides [2, 3] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0] auto_pad  same_lower
// CHECK-SAME: (tensor<1x4x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x3x16x24xf32>
func.func @transposed_convolution_same(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  %y = cnn.transposed_convolution %x, %w strides [2, 3] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0] auto_pad same_lower
       : (tensor<1x4x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x3x16x24xf32>
  return
}
