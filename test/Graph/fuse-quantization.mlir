// RUN: winnow-opt %s --winnow-fuse-quantization | FileCheck %s

// CHECK-LABEL: @convolution
// CHECK: %[[B:.*]] = arith.constant dense<[3, -4]> : tensor<2xi32>
// CHECK: %[[Y:.*]] = cnn.qlinear_convolution %arg0, {{.*}} bias %[[B]] strides [2, 2] pads [1, 1, 1, 1]
// CHECK-NEXT: return %[[Y]]
func.func @convolution(%x: tensor<1x3x8x8xui8>) -> tensor<1x2x4x4xui8> {
  %xs = arith.constant dense<0.5> : tensor<f32>
  %xz = arith.constant dense<128> : tensor<ui8>
  %w = arith.constant dense<7> : tensor<2x3x3x3xi8>
  %ws = arith.constant dense<[0.25, 0.125]> : tensor<2xf32>
  %b = arith.constant dense<[3, -4]> : tensor<2xi32>
  %bs = arith.constant dense<[0.125, 0.0625]> : tensor<2xf32>
  %ys = arith.constant dense<0.75> : tensor<f32>
  %yz = arith.constant dense<0> : tensor<ui8>
  %xf = cnn.dequantize_linear %x, %xs zero_point %xz axis 1 : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x3x8x8xf32>
  %wf = cnn.dequantize_linear %w, %ws axis 0 : (tensor<2x3x3x3xi8>, tensor<2xf32>) -> tensor<2x3x3x3xf32>
  %bf = cnn.dequantize_linear %b, %bs axis 0 : (tensor<2xi32>, tensor<2xf32>) -> tensor<2xf32>
  %c = cnn.convolution %xf, %wf bias %bf strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x3x8x8xf32>, tensor<2x3x3x3xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  %r = cnn.relu %c : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %y = cnn.quantize_linear %r, %ys zero_point %yz axis 1 : (tensor<1x2x4x4xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x2x4x4xui8>
  return %y : tensor<1x2x4x4xui8>
}

// Saturation cuts at -96, relu at zero, which is 128.
// CHECK-LABEL: @relu_inside_range
// CHECK: %[[Y:.*]] = cnn.qlinear_convolution
// CHECK: %[[L:.*]] = arith.constant dense<128> : tensor<ui8>
// CHECK: %[[U:.*]] = arith.constant dense<255> : tensor<ui8>
// CHECK: cnn.clip %[[Y]] lower %[[L]] upper %[[U]]
func.func @relu_inside_range(%x: tensor<1x3x8x8xui8>) -> tensor<1x2x6x6xui8> {
  %s = arith.constant dense<0.75> : tensor<f32>
  %z = arith.constant dense<128> : tensor<ui8>
  %w = arith.constant dense<7> : tensor<2x3x3x3xi8>
  %xf = cnn.dequantize_linear %x, %s zero_point %z axis 1 : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x3x8x8xf32>
  %wf = cnn.dequantize_linear %w, %s axis 0 : (tensor<2x3x3x3xi8>, tensor<f32>) -> tensor<2x3x3x3xf32>
  %c = cnn.convolution %xf, %wf strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xf32>, tensor<2x3x3x3xf32>) -> tensor<1x2x6x6xf32>
  %r = cnn.relu %c : (tensor<1x2x6x6xf32>) -> tensor<1x2x6x6xf32>
  %y = cnn.quantize_linear %r, %s zero_point %z axis 1 : (tensor<1x2x6x6xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x2x6x6xui8>
  return %y : tensor<1x2x6x6xui8>
}

// CHECK-LABEL: @no_fuse_sigmoid
// CHECK-NOT: cnn.qlinear_convolution
// CHECK: return
func.func @no_fuse_sigmoid(%x: tensor<1x3x8x8xui8>) -> tensor<1x2x6x6xui8> {
  %s = arith.constant dense<0.75> : tensor<f32>
  %z = arith.constant dense<128> : tensor<ui8>
  %w = arith.constant dense<7> : tensor<2x3x3x3xi8>
  %xf = cnn.dequantize_linear %x, %s zero_point %z axis 1 : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x3x8x8xf32>
  %wf = cnn.dequantize_linear %w, %s axis 0 : (tensor<2x3x3x3xi8>, tensor<f32>) -> tensor<2x3x3x3xf32>
  %c = cnn.convolution %xf, %wf strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xf32>, tensor<2x3x3x3xf32>) -> tensor<1x2x6x6xf32>
  %r = cnn.sigmoid %c : (tensor<1x2x6x6xf32>) -> tensor<1x2x6x6xf32>
  %y = cnn.quantize_linear %r, %s zero_point %z axis 1 : (tensor<1x2x6x6xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x2x6x6xui8>
  return %y : tensor<1x2x6x6xui8>
}

// Bounds of the relu cannot be divided by it.
// CHECK-LABEL: @no_fuse_zero_scale
// CHECK-NOT: cnn.qlinear_convolution
// CHECK: return
func.func @no_fuse_zero_scale(%x: tensor<1x3x8x8xui8>) -> tensor<1x2x6x6xui8> {
  %s = arith.constant dense<0.75> : tensor<f32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %z = arith.constant dense<128> : tensor<ui8>
  %w = arith.constant dense<7> : tensor<2x3x3x3xi8>
  %xf = cnn.dequantize_linear %x, %s zero_point %z axis 1 : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x3x8x8xf32>
  %wf = cnn.dequantize_linear %w, %s axis 0 : (tensor<2x3x3x3xi8>, tensor<f32>) -> tensor<2x3x3x3xf32>
  %c = cnn.convolution %xf, %wf strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xf32>, tensor<2x3x3x3xf32>) -> tensor<1x2x6x6xf32>
  %r = cnn.relu %c : (tensor<1x2x6x6xf32>) -> tensor<1x2x6x6xf32>
  %y = cnn.quantize_linear %r, %zero zero_point %z axis 1 : (tensor<1x2x6x6xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x2x6x6xui8>
  return %y : tensor<1x2x6x6xui8>
}

// CHECK-LABEL: @no_fuse_other_bias_scale
// CHECK-NOT: cnn.qlinear_convolution
// CHECK: return
func.func @no_fuse_other_bias_scale(%x: tensor<1x3x8x8xui8>) -> tensor<1x2x6x6xui8> {
  %s = arith.constant dense<0.5> : tensor<f32>
  %z = arith.constant dense<128> : tensor<ui8>
  %w = arith.constant dense<7> : tensor<2x3x3x3xi8>
  %b = arith.constant dense<[3, -4]> : tensor<2xi32>
  %xf = cnn.dequantize_linear %x, %s zero_point %z axis 1 : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x3x8x8xf32>
  %wf = cnn.dequantize_linear %w, %s axis 0 : (tensor<2x3x3x3xi8>, tensor<f32>) -> tensor<2x3x3x3xf32>
  %bf = cnn.dequantize_linear %b, %s axis 0 : (tensor<2xi32>, tensor<f32>) -> tensor<2xf32>
  %c = cnn.convolution %xf, %wf bias %bf strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xf32>, tensor<2x3x3x3xf32>, tensor<2xf32>) -> tensor<1x2x6x6xf32>
  %y = cnn.quantize_linear %c, %s zero_point %z axis 1 : (tensor<1x2x6x6xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x2x6x6xui8>
  return %y : tensor<1x2x6x6xui8>
}

// Averages of integers, then one scale: halves are halves.
// CHECK-LABEL: @average
// CHECK: %[[ONE:.*]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK: %[[X:.*]] = cnn.dequantize_linear %arg0, %[[ONE]] zero_point
// CHECK: %[[P:.*]] = cnn.global_pool average %[[X]]
// CHECK: %[[RATIO:.*]] = arith.constant dense<2.000000e+00> : tensor<f32>
// CHECK: cnn.quantize_linear %[[P]], %[[RATIO]] zero_point
func.func @average(%x: tensor<1x4x7x7xi8>) -> tensor<1x4x1x1xi8> {
  %xs = arith.constant dense<0.25> : tensor<f32>
  %ys = arith.constant dense<0.5> : tensor<f32>
  %z = arith.constant dense<-3> : tensor<i8>
  %xf = cnn.dequantize_linear %x, %xs zero_point %z axis 1 : (tensor<1x4x7x7xi8>, tensor<f32>, tensor<i8>) -> tensor<1x4x7x7xf32>
  %p = cnn.global_pool average %xf : (tensor<1x4x7x7xf32>) -> tensor<1x4x1x1xf32>
  %y = cnn.quantize_linear %p, %ys zero_point %z axis 1 : (tensor<1x4x1x1xf32>, tensor<f32>, tensor<i8>) -> tensor<1x4x1x1xi8>
  return %y : tensor<1x4x1x1xi8>
}
