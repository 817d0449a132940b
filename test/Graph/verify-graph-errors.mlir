// RUN: winnow-opt %s --winnow-verify-graph -split-input-file -verify-diagnostics

func.func @auto_pad(%x: tensor<1x1x?x4xf32>, %w: tensor<1x1x3x3xf32>) -> tensor<1x1x?x4xf32> {
  // expected-error @+1 {{'cnn.convolution' op has padding that is not resolved to numbers}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] auto_pad same_upper
       : (tensor<1x1x?x4xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x?x4xf32>
  return %y : tensor<1x1x?x4xf32>
}

// -----

func.func @batch_norm(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %s = arith.constant dense<1.0> : tensor<1xf32>
  %c = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x4x4xf32>
  // expected-error @+1 {{'cnn.batch_norm' op is left after a convolution with constant weights}}
  %y = cnn.batch_norm %c, %s, %s, %s, %s epsilon 1.0
       : (tensor<1x1x4x4xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// -----

func.func @identity(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'cnn.tile' op does nothing and should be gone}}
  %y = cnn.tile %x repeats [1] : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @other_dialect(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'arith.addf' op is not of the dialects `cnn`, `func` or `arith.constant`}}
  %y = arith.addf %x, %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
