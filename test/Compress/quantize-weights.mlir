// Weights that are used once a run become integers with scales of groups; others stay.
//
// RUN: winnow-opt %s --split-input-file --winnow-quantize-weights="bits=4 group=32" --mlir-elide-resource-strings-if-larger=64 | FileCheck %s
// RUN: winnow-opt %s --split-input-file --winnow-quantize-weights="bits=4" --remarks-filter-missed=.* --remark-policy=all -o /dev/null 2>&1 | FileCheck %s --check-prefix=MISSED
// RUN: not winnow-opt %s --winnow-quantize-weights=bits=9 2>&1 | FileCheck %s --check-prefix=WRONG
// RUN: not winnow-opt %s --winnow-quantize-weights=group=4 2>&1 | FileCheck %s --check-prefix=WRONG
// WRONG: error: expected 2 to 8 bits and groups of at least 16 input channels

// CHECK-LABEL: @fully_connected
// CHECK-SAME: %[[X:.*]]: tensor<?x96x1x1xf32>
// CHECK: %[[W:.*]] = cnn.dequantize_linear %{{.*}}, %{{.*}} axis 1 block_size 32 : (tensor<96x96x1x1xi8>, tensor<96x3x1x1xf32>) -> tensor<96x96x1x1xf32>
// CHECK: cnn.convolution %[[X]], %[[W]] bias %{{.*}} activation <relu>
func.func @fully_connected(%x: tensor<?x96x1x1xf32>) -> tensor<?x96x1x1xf32> {
  %w = arith.constant dense<0.5> : tensor<96x96x1x1xf32>
  %b = arith.constant dense<1.0> : tensor<96xf32>
  %y = cnn.convolution %x, %w bias %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] activation <relu>
    : (tensor<?x96x1x1xf32>, tensor<96x96x1x1xf32>, tensor<96xf32>) -> tensor<?x96x1x1xf32>
  return %y : tensor<?x96x1x1xf32>
}

// -----

// A window as large as its input is a product of flattened channels; so is a matrix product.
// CHECK-LABEL: @window
// CHECK: %[[F:.*]] = cnn.reshape %arg0 : (tensor<1x32x4x4xf32>) -> tensor<1x512x1x1xf32>
// CHECK: cnn.convolution %[[F]], {{.*}} strides [1, 1] {{.*}} -> tensor<1x24x1x1xf32>
func.func @window(%x: tensor<1x32x4x4xf32>) -> tensor<1x24x1x1xf32> {
  %w = arith.constant dense<0.5> : tensor<24x32x4x4xf32>
  %y = cnn.convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
    : (tensor<1x32x4x4xf32>, tensor<24x32x4x4xf32>) -> tensor<1x24x1x1xf32>
  return %y : tensor<1x24x1x1xf32>
}

// -----

// 100 inputs are no multiple of a group, nor of its halves: each row has one scale.
// CHECK-LABEL: @matrix
// CHECK: %[[W:.*]] = cnn.dequantize_linear {{.*}} block_size 100 : (tensor<90x100x1x1xi8>, tensor<90x1x1x1xf32>)
// CHECK: %[[Y:.*]] = cnn.convolution {{.*}}, %[[W]]
// CHECK: cnn.reshape %[[Y]] : (tensor<1x90x1x1xf32>) -> tensor<1x90xf32>
func.func @matrix(%x: tensor<1x100xf32>) -> tensor<1x90xf32> {
  %w = arith.constant dense<0.5> : tensor<100x90xf32>
  %y = cnn.matmul %x, %w : (tensor<1x100xf32>, tensor<100x90xf32>) -> tensor<1x90xf32>
  return %y : tensor<1x90xf32>
}

// -----

// CHECK-LABEL: @others
// CHECK-NOT: dequantize_linear
// CHECK: return
// MISSED-DAG: each weight meets many pixels
// MISSED-DAG: its weights are few
// MISSED-DAG: each weight meets a large batch
// MISSED-DAG: it has groups
func.func @others(%x: tensor<8x96x2x2xf32>, %z: tensor<8x128xf32>) -> (tensor<8x96x2x2xf32>, tensor<8x4xf32>, tensor<8x128xf32>, tensor<8x96x1x1xf32>) {
  %w0 = arith.constant dense<0.5> : tensor<96x96x1x1xf32>
  %w1 = arith.constant dense<0.5> : tensor<128x4xf32>
  %w2 = arith.constant dense<0.5> : tensor<128x128xf32>
  %w3 = arith.constant dense<0.5> : tensor<96x48x2x2xf32>
  %0 = cnn.convolution %x, %w0 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
    : (tensor<8x96x2x2xf32>, tensor<96x96x1x1xf32>) -> tensor<8x96x2x2xf32>
  %1 = cnn.matmul %z, %w1 : (tensor<8x128xf32>, tensor<128x4xf32>) -> tensor<8x4xf32>
  %2 = cnn.matmul %z, %w2 : (tensor<8x128xf32>, tensor<128x128xf32>) -> tensor<8x128xf32>
  %3 = cnn.convolution %x, %w3 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 2
    : (tensor<8x96x2x2xf32>, tensor<96x48x2x2xf32>) -> tensor<8x96x1x1xf32>
  return %0, %1, %2, %3 : tensor<8x96x2x2xf32>, tensor<8x4xf32>, tensor<8x128xf32>, tensor<8x96x1x1xf32>
}
