// RUN: winnow-opt %s --winnow-eliminate-identity | FileCheck %s

// CHECK-LABEL: @chain
// CHECK-NEXT: return %arg0
func.func @chain(%x: tensor<?x2x4x4xf32>) -> tensor<?x2x4x4xf32> {
  %zero = arith.constant dense<0.0> : tensor<f32>
  %one = arith.constant dense<1.0> : tensor<2x1x1xf32>
  %0 = cnn.add %zero, %x : (tensor<f32>, tensor<?x2x4x4xf32>) -> tensor<?x2x4x4xf32>
  %1 = cnn.mul %0, %one : (tensor<?x2x4x4xf32>, tensor<2x1x1xf32>) -> tensor<?x2x4x4xf32>
  %2 = cnn.pad constant %1 pads [0, 0, 0, 0, 0, 0, 0, 0] : (tensor<?x2x4x4xf32>) -> tensor<?x2x4x4xf32>
  %3 = cnn.slice %2 axes [2] starts [0] ends [9] steps [1] : (tensor<?x2x4x4xf32>) -> tensor<?x2x4x4xf32>
  %4 = cnn.average_pool %3 kernel [1, 1] strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<?x2x4x4xf32>) -> tensor<?x2x4x4xf32>
  %5 = cnn.tile %4 repeats [1, 1, 1, 1] : (tensor<?x2x4x4xf32>) -> tensor<?x2x4x4xf32>
  %6 = cnn.cast %5 : tensor<?x2x4x4xf32> to tensor<?x2x4x4xf32>
  return %6 : tensor<?x2x4x4xf32>
}

// CHECK-LABEL: @one_pixel
// CHECK-NEXT: return %arg0
func.func @one_pixel(%x: tensor<?x2x1x1xf32>) -> tensor<?x2x1x1xf32> {
  %0 = cnn.global_pool average %x : (tensor<?x2x1x1xf32>) -> tensor<?x2x1x1xf32>
  %1 = cnn.reduce mean %0 axes [2, 3] keep_dims true : (tensor<?x2x1x1xf32>) -> tensor<?x2x1x1xf32>
  return %1 : tensor<?x2x1x1xf32>
}

// f16 fits into f32, so there and back is nothing; the other way round is not.
// CHECK-LABEL: @casts
// CHECK: %[[N:.*]] = cnn.cast %arg1
// CHECK: %[[W:.*]] = cnn.cast %[[N]]
// CHECK: return %arg0, %[[W]]
func.func @casts(%a: tensor<4xf16>, %b: tensor<4xf32>) -> (tensor<4xf16>, tensor<4xf32>) {
  %0 = cnn.cast %a : tensor<4xf16> to tensor<4xf32>
  %1 = cnn.cast %0 : tensor<4xf32> to tensor<4xf16>
  %2 = cnn.cast %b : tensor<4xf32> to tensor<4xf16>
  %3 = cnn.cast %2 : tensor<4xf16> to tensor<4xf32>
  return %1, %3 : tensor<4xf16>, tensor<4xf32>
}

// CHECK-LABEL: @repeated_relu
// CHECK: %[[R:.*]] = cnn.relu
// CHECK-NEXT: return %[[R]]
func.func @repeated_relu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = cnn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = cnn.relu %0 : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// Adding zeros of a larger shape broadcasts.
// CHECK-LABEL: @no_eliminate_broadcast
// CHECK: cnn.add
func.func @no_eliminate_broadcast(%x: tensor<1x4xf32>) -> tensor<3x4xf32> {
  %zero = arith.constant dense<0.0> : tensor<3x1xf32>
  %0 = cnn.add %x, %zero : (tensor<1x4xf32>, tensor<3x1xf32>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// Quantization rounds: there and back is not nothing.
// CHECK-LABEL: @no_eliminate_quantization
// CHECK: cnn.quantize_linear
// CHECK: cnn.dequantize_linear
func.func @no_eliminate_quantization(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = arith.constant dense<1.0> : tensor<f32>
  %z = arith.constant dense<0> : tensor<i8>
  %q = cnn.quantize_linear %x, %s zero_point %z axis 0 : (tensor<4xf32>, tensor<f32>, tensor<i8>) -> tensor<4xi8>
  %y = cnn.dequantize_linear %q, %s zero_point %z axis 0 : (tensor<4xi8>, tensor<f32>, tensor<i8>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
