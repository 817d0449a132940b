// RUN: winnow-opt %s | winnow-opt | FileCheck %s

// Per-axis, blocked and optional parameters.

// CHECK-LABEL: @quantize_without_zero_point
// CHECK: cnn.quantize_linear %{{[^ ,]+}}, %{{[^ ,]+}} axis 1
// CHECK-SAME: (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xui8>
func.func @quantize_without_zero_point(%x: tensor<1x4xf32>, %s: tensor<f32>) {
  %q = cnn.quantize_linear %x, %s axis 1 : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xui8>
  return
}

// CHECK-LABEL: @quantize_rank_0_and_shape_1
// CHECK: cnn.quantize_linear %{{[^ ,]+}}, %{{[^ ,]+}} zero_point %{{[^ ,]+}} axis 1
// CHECK-SAME: (tensor<1x4xf32>, tensor<1xf32>, tensor<ui8>) -> tensor<1x4xui8>
func.func @quantize_rank_0_and_shape_1(%x: tensor<1x4xf32>, %s: tensor<1xf32>, %z: tensor<ui8>) {
  %q = cnn.quantize_linear %x, %s zero_point %z axis 1
       : (tensor<1x4xf32>, tensor<1xf32>, tensor<ui8>) -> tensor<1x4xui8>
  return
}

// CHECK-LABEL: @quantize_per_axis
// CHECK: cnn.quantize_linear %{{[^ ,]+}}, %{{[^ ,]+}} zero_point %{{[^ ,]+}} axis 1
// CHECK-SAME: (tensor<1x4xf32>, tensor<4xf32>, tensor<4xi8>) -> tensor<1x4xi8>
func.func @quantize_per_axis(%x: tensor<1x4xf32>, %s: tensor<4xf32>, %z: tensor<4xi8>) {
  %q = cnn.quantize_linear %x, %s zero_point %z axis 1
       : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xi8>) -> tensor<1x4xi8>
  return
}

// CHECK-LABEL: @dequantize_blocks
// CHECK: cnn.dequantize_linear %{{[^ ,]+}}, %{{[^ ,]+}} axis 1 block_size 2
// CHECK-SAME: (tensor<1x5xi8>, tensor<1x3xf16>) -> tensor<1x5xf16>
func.func @dequantize_blocks(%x: tensor<1x5xi8>, %s: tensor<1x3xf16>) {
  %y = cnn.dequantize_linear %x, %s axis 1 block_size 2 : (tensor<1x5xi8>, tensor<1x3xf16>) -> tensor<1x5xf16>
  return
}

// CHECK-LABEL: @convolution_integer_zero_points
// CHECK: cnn.convolution_integer %{{[^ ,]+}}, %{{[^ ,]+}} input_zero_point %{{[^ ,]+}} filter_zero_point %{{[^ ,]+}} strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 3
// CHECK-SAME: (tensor<1x3x8x8xui8>, tensor<6x1x3x3xi8>, tensor<ui8>, tensor<6xi8>) -> tensor<1x6x8x8xi32>
func.func @convolution_integer_zero_points(%x: tensor<1x3x8x8xui8>, %w: tensor<6x1x3x3xi8>, %a: tensor<ui8>, %b: tensor<6xi8>) {
  %y = cnn.convolution_integer %x, %w input_zero_point %a filter_zero_point %b strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 3
       : (tensor<1x3x8x8xui8>, tensor<6x1x3x3xi8>, tensor<ui8>, tensor<6xi8>) -> tensor<1x6x8x8xi32>
  return
}

// CHECK-LABEL: @qlinear_convolution_bias
// CHECK: cnn.qlinear_convolution %{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}} bias %{{[^ ,]+}} strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
// CHECK-SAME: (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<4xi8>, tensor<f32>, tensor<i8>, tensor<4xi32>) -> tensor<1x4x6x6xi8>
func.func @qlinear_convolution_bias(%x: tensor<1x3x8x8xui8>, %xs: tensor<f32>, %xz: tensor<ui8>, %w: tensor<4x3x3x3xi8>, %ws: tensor<4xf32>, %wz: tensor<4xi8>, %ys: tensor<f32>, %yz: tensor<i8>, %b: tensor<4xi32>) {
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz bias %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<4xi8>, tensor<f32>, tensor<i8>, tensor<4xi32>) -> tensor<1x4x6x6xi8>
  return
}

// CHECK-LABEL: @matmul_integer_rows
// CHECK: cnn.matmul_integer %{{[^ ,]+}}, %{{[^ ,]+}} lhs_zero_point %{{[^ ,]+}} rhs_zero_point %{{[^ ,]+}}
// CHECK-SAME: (tensor<2x4xui8>, tensor<4x3xi8>, tensor<2xui8>, tensor<3xi8>) -> tensor<2x3xi32>
func.func @matmul_integer_rows(%a: tensor<2x4xui8>, %b: tensor<4x3xi8>, %z: tensor<2xui8>, %c: tensor<3xi8>) {
  %y = cnn.matmul_integer %a, %b lhs_zero_point %z rhs_zero_point %c
       : (tensor<2x4xui8>, tensor<4x3xi8>, tensor<2xui8>, tensor<3xi8>) -> tensor<2x3xi32>
  return
}
