// RUN: winnow-opt %s --winnow-expand-quantized-convolution | FileCheck %s
// RUN: winnow-opt %s --winnow-expand-quantized-convolution -mlir-disable-threading -remarks-filter=winnow-expand.* -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// CHECK-LABEL: @exact
// CHECK: %[[ONE:.*]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK: %[[X:.*]] = cnn.dequantize_linear %arg0, %[[ONE]] zero_point
// CHECK: %[[W:.*]] = arith.constant dense<-3.000000e+00> : tensor<2x3x3x3xf32>
// CHECK: %[[B:.*]] = arith.constant dense<[3.000000e+00, -4.000000e+00]> : tensor<2xf32>
// CHECK: %[[C:.*]] = cnn.convolution %[[X]], %[[W]] bias %[[B]] strides [2, 2] pads [1, 1, 1, 1] {{.*}}{winnow.exact}
// CHECK: %[[M:.*]] = arith.constant dense<{{\[\[\[\[2.500000e-01\]\], \[\[1.250000e-01\]\]\]\]}}> : tensor<1x2x1x1xf32>
// CHECK: %[[S:.*]] = cnn.mul %[[C]], %[[M]]
// CHECK: cnn.quantize_linear %[[S]], %[[ONE]] zero_point
func.func @exact(%x: tensor<1x3x8x8xui8>) -> tensor<1x2x4x4xui8> {
  %xs = arith.constant dense<0.5> : tensor<f32>
  %xz = arith.constant dense<128> : tensor<ui8>
  %w = arith.constant dense<7> : tensor<2x3x3x3xi8>
  %ws = arith.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %wz = arith.constant dense<10> : tensor<2xi8>
  %b = arith.constant dense<[3, -4]> : tensor<2xi32>
  %ys = arith.constant dense<1.0> : tensor<f32>
  %yz = arith.constant dense<0> : tensor<ui8>
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz bias %b strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<2x3x3x3xi8>, tensor<2xf32>, tensor<2xi8>,
          tensor<f32>, tensor<ui8>, tensor<2xi32>) -> tensor<1x2x4x4xui8>
  return %y : tensor<1x2x4x4xui8>
}

// 1024 * 127 * 255 is more than 2^24.
// CHECK-LABEL: @no_expand_large_sums
// CHECK: cnn.qlinear_convolution
// REMARK: its sums may reach 33162240, single precision is exact up to 16777216
func.func @no_expand_large_sums(%x: tensor<1x1024x1x1xui8>) -> tensor<1x1x1x1xui8> {
  %s = arith.constant dense<0.5> : tensor<f32>
  %z = arith.constant dense<0> : tensor<ui8>
  %w = arith.constant dense<127> : tensor<1x1024x1x1xi8>
  %wz = arith.constant dense<0> : tensor<i8>
  %y = cnn.qlinear_convolution %x, %s, %z, %w, %s, %wz, %s, %z strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1024x1x1xui8>, tensor<f32>, tensor<ui8>, tensor<1x1024x1x1xi8>, tensor<f32>, tensor<i8>,
          tensor<f32>, tensor<ui8>) -> tensor<1x1x1x1xui8>
  return %y : tensor<1x1x1x1xui8>
}

// RUN: winnow-opt %s --winnow-algorithm-pipeline | FileCheck %s --check-prefix=SELECT
// Winograd's transforms would be faster here, but round.
// SELECT-LABEL: @no_transform
// SELECT: cnn.convolution {{.*}} algorithm <direct, {{.*}}{winnow.exact}
func.func @no_transform(%x: tensor<1x64x56x56xui8>) -> tensor<1x64x56x56xui8> {
  %s = arith.constant dense<0.5> : tensor<f32>
  %z = arith.constant dense<128> : tensor<ui8>
  %w = arith.constant dense<7> : tensor<64x64x3x3xi8>
  %wz = arith.constant dense<0> : tensor<i8>
  %y = cnn.qlinear_convolution %x, %s, %z, %w, %s, %wz, %s, %z strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x56x56xui8>, tensor<f32>, tensor<ui8>, tensor<64x64x3x3xi8>, tensor<f32>, tensor<i8>,
          tensor<f32>, tensor<ui8>) -> tensor<1x64x56x56xui8>
  return %y : tensor<1x64x56x56xui8>
}
