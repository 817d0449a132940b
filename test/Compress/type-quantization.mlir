// RUN: winnow-opt %s --winnow-type-quantization | FileCheck %s

// CHECK-LABEL: @activations
// CHECK: %[[Q:.*]] = cnn.quantize %arg0 : tensor<1x3x8x8xf32> to tensor<1x3x8x8x!quant.uniform<u8:f32, 5.000000e-01:128>>
// CHECK: %[[X:.*]] = cnn.dequantize %[[Q]]
// CHECK: return %[[X]]
func.func @activations(%x: tensor<1x3x8x8xf32>) -> tensor<1x3x8x8xf32> {
  %s = arith.constant dense<0.5> : tensor<f32>
  %z = arith.constant dense<128> : tensor<ui8>
  %q = cnn.quantize_linear %x, %s zero_point %z axis 1 : (tensor<1x3x8x8xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x3x8x8xui8>
  %y = cnn.dequantize_linear %q, %s zero_point %z axis 1 : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x3x8x8xf32>
  return %y : tensor<1x3x8x8xf32>
}

// Scales of channels; unsigned constants get a sign, and zero points that are less by half the range.
// CHECK-LABEL: @filters
// CHECK: %[[S:.*]] = arith.constant dense<{{\[\[}}-128], [127{{\]\]}}> : tensor<2x1xi8>
// CHECK: quant.scast %[[S]] : tensor<2x1xi8> to tensor<2x1x!quant.uniform<i8:f32:0, {5.000000e-01:-118,2.500000e-01}>>
func.func @filters() -> tensor<2x1xf32> {
  %w = arith.constant dense<[[0], [255]]> : tensor<2x1xui8>
  %s = arith.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %z = arith.constant dense<[10, 128]> : tensor<2xui8>
  %y = cnn.dequantize_linear %w, %s zero_point %z axis 0 : (tensor<2x1xui8>, tensor<2xf32>, tensor<2xui8>) -> tensor<2x1xf32>
  return %y : tensor<2x1xf32>
}

// What enters or leaves in integers is cast.
// CHECK-LABEL: @borders
// CHECK: %[[B:.*]] = cnn.cast %arg0 : tensor<4xui8> to tensor<4xi8>
// CHECK: quant.scast %[[B]] : tensor<4xi8> to tensor<4x!quant.uniform<u8:f32, 5.000000e-01>>
// CHECK: %[[Q:.*]] = cnn.quantize
// CHECK: quant.scast %[[Q]] : tensor<4x!quant.uniform<i8:f32, 2.500000e-01>> to tensor<4xi8>
func.func @borders(%x: tensor<4xui8>) -> tensor<4xi8> {
  %s = arith.constant dense<0.5> : tensor<f32>
  %t = arith.constant dense<0.25> : tensor<f32>
  %z = arith.constant dense<0> : tensor<i8>
  %d = cnn.dequantize_linear %x, %s axis 0 : (tensor<4xui8>, tensor<f32>) -> tensor<4xf32>
  %r = cnn.relu %d : (tensor<4xf32>) -> tensor<4xf32>
  %y = cnn.quantize_linear %r, %t zero_point %z axis 0 : (tensor<4xf32>, tensor<f32>, tensor<i8>) -> tensor<4xi8>
  return %y : tensor<4xi8>
}

// CHECK-LABEL: @qlinear_convolution
// CHECK: cnn.convolution {{.*}} bias {{.*}} strides [2, 2] pads [1, 1, 1, 1] {{.*}}!quant.uniform<u8:f32, 5.000000e-01:128>>, tensor<2x3x3x3x!quant.uniform<i8:f32:0, {2.500000e-01,1.250000e-01}>>, tensor<2xi32>) -> tensor<1x2x4x4x!quant.uniform<u8:f32, 7.500000e-01>>
func.func @qlinear_convolution(%x: tensor<1x3x8x8xui8>) -> tensor<1x2x4x4xui8> {
  %xs = arith.constant dense<0.5> : tensor<f32>
  %xz = arith.constant dense<128> : tensor<ui8>
  %w = arith.constant dense<7> : tensor<2x3x3x3xi8>
  %ws = arith.constant dense<[0.25, 0.125]> : tensor<2xf32>
  %wz = arith.constant dense<0> : tensor<2xi8>
  %b = arith.constant dense<[3, -4]> : tensor<2xi32>
  %ys = arith.constant dense<0.75> : tensor<f32>
  %yz = arith.constant dense<0> : tensor<ui8>
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz bias %b strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<2x3x3x3xi8>, tensor<2xf32>, tensor<2xi8>,
          tensor<f32>, tensor<ui8>, tensor<2xi32>) -> tensor<1x2x4x4xui8>
  return %y : tensor<1x2x4x4xui8>
}

// Damaged models have scales of zero, or NaN.
// CHECK-LABEL: @no_type
// CHECK-COUNT-2: cnn.quantize_linear
func.func @no_type(%x: tensor<4xf32>, %given: tensor<f32>) -> (tensor<4xui8>, tensor<4xui8>) {
  %s = arith.constant dense<0.0> : tensor<f32>
  %z = arith.constant dense<0> : tensor<ui8>
  %y = cnn.quantize_linear %x, %s zero_point %z axis 0 : (tensor<4xf32>, tensor<f32>, tensor<ui8>) -> tensor<4xui8>
  %u = cnn.quantize_linear %x, %given zero_point %z axis 0 : (tensor<4xf32>, tensor<f32>, tensor<ui8>) -> tensor<4xui8>
  return %y, %u : tensor<4xui8>, tensor<4xui8>
}
