// RUN: winnow-opt %s --winnow-record-interface --split-input-file --verify-diagnostics | FileCheck %s

// CHECK: winnow.interface = {inputs = [{name = "x", type = tensor<?x3x8x8xui8>}]
// CHECK-SAME: outputs = [{fixed = array<i64: 0, 8>, name = "y", per_batch = array<i64: 24, 0>, type = tensor<?x8xui8>}]
// CHECK-SAME: winnow.layers = [{{.*}}name = "flat", op = "reshape", shape = "?x8xui8"
func.func @main(%x: tensor<?x3x8x8xui8> {winnow.name = "x"}) -> (tensor<?x8xui8> {winnow.name = "y"}) {
  %y = cnn.reshape %x : (tensor<?x3x8x8xui8>) -> tensor<?x8xui8> loc("flat")
  return %y : tensor<?x8xui8>
}

// -----

// 1x4x4x4 results of 3 * 3 * 3 products each.
// CHECK: macs = 1728 : i64, name = "conv", op = "convolution", shape = "1x4x4x4xf32", weight_bytes = 432 : i64
func.func @main(%x: tensor<1x3x8x8xf32>) -> tensor<1x4x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x3x3x3xf32>
  %y = cnn.convolution %x, %w strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x4x4xf32> loc("conv")
  return %y : tensor<1x4x4x4xf32>
}

// -----

// Rows that depend on data are bounded by what a suppression may keep.
// CHECK: fixed = array<i64: 6, 3>{{.*}}per_batch = array<i64: 0, 0>, type = tensor<?x3xi64>
func.func @main(%b: tensor<1x6x4xf32>, %s: tensor<1x2x6xf32>) -> tensor<?x3xi64> {
  %i = cnn.non_max_suppression %b, %s max_output 3 iou_threshold 0.5
       : (tensor<1x6x4xf32>, tensor<1x2x6xf32>) -> tensor<?x3xi64>
  return %i : tensor<?x3xi64>
}

// -----

// expected-error @+1 {{expected a function @main with one block}}
module {
}

// -----

module {
  // expected-error @+1 {{expected ranked tensors as arguments and results of @main}}
  func.func @main(%x: memref<4xf32>) {
    return
  }
}
