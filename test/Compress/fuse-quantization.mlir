// RUN: winnow-opt %s --winnow-fuse-quantization --winnow-fold-dequantized | FileCheck %s
// RUN: winnow-opt %s --winnow-fuse-quantization -mlir-disable-threading -remarks-filter=winnow-fuse.* -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

!x = !quant.uniform<u8:f32, 0.5:128>
!w = !quant.uniform<i8:f32:0, {0.25,0.125}>
!b = !quant.uniform<i32:f32:0, {0.125,0.0625}>
!y = !quant.uniform<u8:f32, 0.75>

// Bias, residual and activation go along.
// CHECK-LABEL: @convolution
// CHECK: %[[W:.*]] = quant.scast
// CHECK: %[[B:.*]] = arith.constant dense<[3, -4]> : tensor<2xi32>
// CHECK: %[[Y:.*]] = cnn.convolution %arg0, %[[W]] bias %[[B]] residual %arg1 {{.*}} activation <relu>
// CHECK-NEXT: return %[[Y]]
func.func @convolution(%x: tensor<1x3x8x8x!x>, %r: tensor<1x2x4x4x!x>) -> tensor<1x2x4x4x!y> {
  %w = arith.constant dense<7> : tensor<2x3x3x3xi8>
  %wq = quant.scast %w : tensor<2x3x3x3xi8> to tensor<2x3x3x3x!w>
  %b = arith.constant dense<[3, -4]> : tensor<2xi32>
  %bq = quant.scast %b : tensor<2xi32> to tensor<2x!b>
  %xf = cnn.dequantize %x : tensor<1x3x8x8x!x> to tensor<1x3x8x8xf32>
  %wf = cnn.dequantize %wq : tensor<2x3x3x3x!w> to tensor<2x3x3x3xf32>
  %bf = cnn.dequantize %bq : tensor<2x!b> to tensor<2xf32>
  %rf = cnn.dequantize %r : tensor<1x2x4x4x!x> to tensor<1x2x4x4xf32>
  %c = cnn.convolution %xf, %wf bias %bf residual %rf strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] activation <relu>
       : (tensor<1x3x8x8xf32>, tensor<2x3x3x3xf32>, tensor<2xf32>, tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %y = cnn.quantize %c : tensor<1x2x4x4xf32> to tensor<1x2x4x4x!y>
  return %y : tensor<1x2x4x4x!y>
}

// A real bias is rounded to the scale of the sums; without a quantization behind, the result is real.
// CHECK-LABEL: @real_bias_and_result
// CHECK: %[[B:.*]] = arith.constant dense<[8, -15]> : tensor<2xi32>
// CHECK: cnn.convolution %arg0, {{.*}} bias %[[B]] {{.*}} activation <sigmoid> {{.*}} -> tensor<1x2x6x6xf32>
func.func @real_bias_and_result(%x: tensor<1x3x8x8x!x>) -> tensor<1x2x6x6xf32> {
  %w = arith.constant dense<7> : tensor<2x3x3x3xi8>
  %wq = quant.scast %w : tensor<2x3x3x3xi8> to tensor<2x3x3x3x!w>
  %b = arith.constant dense<[1.02, -0.96]> : tensor<2xf32>
  %xf = cnn.dequantize %x : tensor<1x3x8x8x!x> to tensor<1x3x8x8xf32>
  %wf = cnn.dequantize %wq : tensor<2x3x3x3x!w> to tensor<2x3x3x3xf32>
  %c = cnn.convolution %xf, %wf bias %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] activation <sigmoid>
       : (tensor<1x3x8x8xf32>, tensor<2x3x3x3xf32>, tensor<2xf32>) -> tensor<1x2x6x6xf32>
  return %c : tensor<1x2x6x6xf32>
}

// CHECK-LABEL: @no_fuse_real_input
// CHECK: %[[W:.*]] = arith.constant dense<{{.*}}> : tensor<2x3x3x3xf32>
// CHECK: cnn.convolution %arg0, %[[W]] {{.*}} -> tensor<1x2x6x6xf32>
// REMARK: its input is not dequantized from eight bits with one scale
func.func @no_fuse_real_input(%x: tensor<1x3x8x8xf32>) -> tensor<1x2x6x6x!y> {
  %w = arith.constant dense<7> : tensor<2x3x3x3xi8>
  %wq = quant.scast %w : tensor<2x3x3x3xi8> to tensor<2x3x3x3x!w>
  %wf = cnn.dequantize %wq : tensor<2x3x3x3x!w> to tensor<2x3x3x3xf32>
  %c = cnn.convolution %x, %wf strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xf32>, tensor<2x3x3x3xf32>) -> tensor<1x2x6x6xf32>
  %y = cnn.quantize %c : tensor<1x2x6x6xf32> to tensor<1x2x6x6x!y>
  return %y : tensor<1x2x6x6x!y>
}

// Weights are the rows of a matrix, or its columns.
// CHECK-LABEL: @fully_connected
// CHECK: arith.constant dense<{{\[\[\[\[1\]\], \[\[3\]\], \[\[5\]\]\], \[\[\[2\]\], \[\[4\]\], \[\[6\]\]\]\]}}> : tensor<2x3x1x1xi8>
// CHECK: %[[X:.*]] = cnn.reshape %arg0 {{.*}} -> tensor<5x3x1x1x!quant
// CHECK: %[[C:.*]] = cnn.convolution %[[X]], {{.*}} -> tensor<5x2x1x1x!quant.uniform<u8:f32, 7.500000e-01>>
// CHECK: cnn.reshape %[[C]] {{.*}} -> tensor<5x2x!quant
func.func @fully_connected(%x: tensor<5x3x!x>) -> tensor<5x2x!y> {
  %w = arith.constant dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi8>
  %wq = quant.scast %w : tensor<3x2xi8> to tensor<3x2x!quant.uniform<i8:f32:1, {0.25,0.125}>>
  %xf = cnn.dequantize %x : tensor<5x3x!x> to tensor<5x3xf32>
  %wf = cnn.dequantize %wq : tensor<3x2x!quant.uniform<i8:f32:1, {0.25,0.125}>> to tensor<3x2xf32>
  %m = cnn.matmul %xf, %wf : (tensor<5x3xf32>, tensor<3x2xf32>) -> tensor<5x2xf32>
  %y = cnn.quantize %m : tensor<5x2xf32> to tensor<5x2x!y>
  return %y : tensor<5x2x!y>
}

// Where saturation does not cut at zero, a table does.
// CHECK-LABEL: @add_relu
// CHECK: %[[S:.*]] = cnn.add %arg0, %arg1 {{.*}} -> tensor<4x!quant.uniform<u8:f32, 7.500000e-01>>
// CHECK: %[[T:.*]] = cnn.add %arg0, %arg1 {{.*}} -> tensor<4x!quant.uniform<u8:f32, 5.000000e-01:128>>
// CHECK: %[[U:.*]] = cnn.lookup %[[T]] table [-128, -128,
// CHECK: return %[[S]], %[[U]]
func.func @add_relu(%a: tensor<4x!x>, %b: tensor<4x!y>) -> (tensor<4x!y>, tensor<4x!x>) {
  %af = cnn.dequantize %a : tensor<4x!x> to tensor<4xf32>
  %bf = cnn.dequantize %b : tensor<4x!y> to tensor<4xf32>
  %s = cnn.add %af, %bf : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %r = cnn.relu %s : (tensor<4xf32>) -> tensor<4xf32>
  %q = cnn.quantize %r : tensor<4xf32> to tensor<4x!y>
  %t = cnn.add %af, %bf : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %v = cnn.relu %t : (tensor<4xf32>) -> tensor<4xf32>
  %u = cnn.quantize %v : tensor<4xf32> to tensor<4x!x>
  return %q, %u : tensor<4x!y>, tensor<4x!x>
}

// CHECK-LABEL: @average
// CHECK: cnn.global_pool average %arg0 {{.*}} -> tensor<1x4x1x1x!quant.uniform<u8:f32, 7.500000e-01>>
// CHECK: cnn.average_pool %arg0 {{.*}} -> tensor<1x4x3x3xf32>
func.func @average(%x: tensor<1x4x7x7x!x>) -> (tensor<1x4x1x1x!y>, tensor<1x4x3x3xf32>) {
  %xf = cnn.dequantize %x : tensor<1x4x7x7x!x> to tensor<1x4x7x7xf32>
  %p = cnn.global_pool average %xf : (tensor<1x4x7x7xf32>) -> tensor<1x4x1x1xf32>
  %y = cnn.quantize %p : tensor<1x4x1x1xf32> to tensor<1x4x1x1x!y>
  %a = cnn.average_pool %xf kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] : (tensor<1x4x7x7xf32>) -> tensor<1x4x3x3xf32>
  return %y, %a : tensor<1x4x1x1x!y>, tensor<1x4x3x3xf32>
}

// (q - 128) * 0.5 of 130 is 1, the table's entry 130 the byte of sigmoid(1) * 256, saturated: 187.
// CHECK-LABEL: @lookup
// CHECK: cnn.lookup %arg0 table [0, 0, 0,
// CHECK-NOT: cnn.sigmoid
func.func @lookup(%x: tensor<4x!x>) -> tensor<4x!quant.uniform<u8:f32, 0.00390625>> {
  %xf = cnn.dequantize %x : tensor<4x!x> to tensor<4xf32>
  %s = cnn.sigmoid %xf : (tensor<4xf32>) -> tensor<4xf32>
  %y = cnn.quantize %s : tensor<4xf32> to tensor<4x!quant.uniform<u8:f32, 0.00390625>>
  return %y : tensor<4x!quant.uniform<u8:f32, 0.00390625>>
}

// Integers are moved; padding with zero is padding with the zero point; scales are changed before parts are joined.
// CHECK-LABEL: @movement
// CHECK: %[[P:.*]] = cnn.max_pool %arg0
// CHECK: %[[Z:.*]] = arith.constant dense<-128> : tensor<i8>
// CHECK: %[[V:.*]] = quant.scast %[[Z]]
// CHECK: %[[D:.*]] = cnn.pad constant %[[P]] value %[[V]]
// CHECK: %[[L:.*]] = cnn.lookup %[[D]]
// CHECK: %[[C:.*]] = cnn.concat {{.*}}%[[L]]
// CHECK-NOT: cnn.quantize
// CHECK: return %[[C]]
func.func @movement(%x: tensor<1x2x4x4x!x>, %r: tensor<1x2x4x4x!y>) -> tensor<1x4x4x4x!y> {
  %xf = cnn.dequantize %x : tensor<1x2x4x4x!x> to tensor<1x2x4x4xf32>
  %p = cnn.max_pool %xf kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] : (tensor<1x2x4x4xf32>) -> tensor<1x2x2x2xf32>
  %d = cnn.pad constant %p pads [0, 0, 1, 1, 0, 0, 1, 1] : (tensor<1x2x2x2xf32>) -> tensor<1x2x4x4xf32>
  %rf = cnn.dequantize %r : tensor<1x2x4x4x!y> to tensor<1x2x4x4xf32>
  %c = cnn.concat %d, %rf axis 1 : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x4x4x4xf32>
  %y = cnn.quantize %c : tensor<1x4x4x4xf32> to tensor<1x4x4x4x!y>
  return %y : tensor<1x4x4x4x!y>
}
