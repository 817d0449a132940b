// RUN: winnow-opt %s --winnow-expand-quantized-convolution | FileCheck %s
// RUN: winnow-opt %s --winnow-expand-quantized-convolution -mlir-disable-threading -remarks-filter=winnow-expand.* -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// A filter with zero points has weights of nine bits: no byte holds 100 + 100, f32 does.
// CHECK-LABEL: @exact
// CHECK: %[[W:.*]] = arith.constant dense<2.000000e+02> : tensor<2x3x3x3xf32>
// CHECK: %[[B:.*]] = arith.constant dense<[3.000000e+00, -4.000000e+00]> : tensor<2xf32>
// CHECK: %[[X:.*]] = cnn.dequantize {{.*}} : tensor<1x3x8x8x!quant.uniform<u8:f32, 1.000000e+00:7>>
// CHECK: %[[C:.*]] = cnn.convolution %[[X]], %[[W]] bias %[[B]] strides [2, 2] pads [1, 1, 1, 1] {{.*}}{winnow.exact}
// CHECK: %[[M:.*]] = arith.constant dense<{{\[\[\[\[2.500000e-01\]\], \[\[1.250000e-01\]\]\]\]}}> : tensor<1x2x1x1xf32>
// CHECK: %[[S:.*]] = cnn.mul %[[C]], %[[M]]
// CHECK: cnn.quantize %[[S]]
func.func @exact(%x: tensor<1x3x8x8x!quant.uniform<u8:f32, 0.5:7>>) -> tensor<1x2x4x4x!quant.uniform<u8:f32, 1.0>> {
  %0 = arith.constant dense<100> : tensor<2x3x3x3xi8>
  %w = quant.scast %0 : tensor<2x3x3x3xi8> to tensor<2x3x3x3x!quant.uniform<i8:f32:0, {0.5:-100, 0.25:-100}>>
  %b = arith.constant dense<[3, -4]> : tensor<2xi32>
  %y = cnn.convolution %x, %w bias %b strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
     : (tensor<1x3x8x8x!quant.uniform<u8:f32, 0.5:7>>,
        tensor<2x3x3x3x!quant.uniform<i8:f32:0, {0.5:-100, 0.25:-100}>>, tensor<2xi32>)
       -> tensor<1x2x4x4x!quant.uniform<u8:f32, 1.0>>
  return %y : tensor<1x2x4x4x!quant.uniform<u8:f32, 1.0>>
}

// Integer kernels compute this one.
// CHECK-LABEL: @no_expand_bytes
// CHECK-NOT: winnow.exact
// CHECK: cnn.convolution {{.*}} -> tensor<1x2x4x4x!quant.uniform
func.func @no_expand_bytes(%x: tensor<1x3x8x8x!quant.uniform<u8:f32, 0.5:7>>)
    -> tensor<1x2x4x4x!quant.uniform<u8:f32, 1.0>> {
  %0 = arith.constant dense<100> : tensor<2x3x3x3xi8>
  %w = quant.scast %0 : tensor<2x3x3x3xi8> to tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5>>
  %y = cnn.convolution %x, %w strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
     : (tensor<1x3x8x8x!quant.uniform<u8:f32, 0.5:7>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5>>)
       -> tensor<1x2x4x4x!quant.uniform<u8:f32, 1.0>>
  return %y : tensor<1x2x4x4x!quant.uniform<u8:f32, 1.0>>
}

// 1024 * 227 * 255 is more than 2^24.
// CHECK-LABEL: @no_expand_large_sums
// CHECK-NOT: winnow.exact
// CHECK: cnn.convolution
// REMARK: its sums may reach 59274240, single precision is exact up to 16777216
func.func @no_expand_large_sums(%x: tensor<1x1024x1x1x!quant.uniform<u8:f32, 0.5>>)
    -> tensor<1x1x1x1x!quant.uniform<u8:f32, 1.0>> {
  %0 = arith.constant dense<127> : tensor<1x1024x1x1xi8>
  %w = quant.scast %0 : tensor<1x1024x1x1xi8> to tensor<1x1024x1x1x!quant.uniform<i8:f32, 0.5:-100>>
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x1024x1x1x!quant.uniform<u8:f32, 0.5>>, tensor<1x1024x1x1x!quant.uniform<i8:f32, 0.5:-100>>)
       -> tensor<1x1x1x1x!quant.uniform<u8:f32, 1.0>>
  return %y : tensor<1x1x1x1x!quant.uniform<u8:f32, 1.0>>
}

// Without its zero points, this filter still has bytes.
// CHECK-LABEL: @no_expand_byte_weights
// CHECK-NOT: winnow.exact
// CHECK: cnn.convolution {{.*}} -> tensor<1x64x56x56x!quant.uniform
func.func @no_expand_byte_weights(%x: tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5:128>>)
    -> tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5:128>> {
  %0 = arith.constant dense<7> : tensor<64x64x3x3xi8>
  %w = quant.scast %0 : tensor<64x64x3x3xi8> to tensor<64x64x3x3x!quant.uniform<i8:f32, 0.5:-1>>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
     : (tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5:128>>, tensor<64x64x3x3x!quant.uniform<i8:f32, 0.5:-1>>)
       -> tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5:128>>
  return %y : tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5:128>>
}

// RUN: winnow-opt %s --winnow-algorithm-pipeline | FileCheck %s --check-prefix=SELECT
// Winograd's transforms would be faster here, but round.
// SELECT-LABEL: @no_transform
// SELECT: cnn.convolution {{.*}} algorithm <direct, {{.*}}{winnow.exact}
func.func @no_transform(%x: tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5:128>>)
    -> tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5:128>> {
  %0 = arith.constant dense<100> : tensor<64x64x3x3xi8>
  %w = quant.scast %0 : tensor<64x64x3x3xi8> to tensor<64x64x3x3x!quant.uniform<i8:f32, 0.5:-100>>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
     : (tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5:128>>, tensor<64x64x3x3x!quant.uniform<i8:f32, 0.5:-100>>)
       -> tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5:128>>
  return %y : tensor<1x64x56x56x!quant.uniform<u8:f32, 0.5:128>>
}
