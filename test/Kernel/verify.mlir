// RUN: winnow-opt %s -verify-diagnostics --winnow-verify-kernels

func.func @tensors(%x: memref<4xf32>) {
  // expected-error@+1 {{has a tensor after kernel generation}}
  %0 = arith.constant dense<0.0> : tensor<4xf32>
  // expected-error@+1 {{is left after kernel generation}}
  %1 = cnn.relu %0 : (tensor<4xf32>) -> tensor<4xf32>
  return
}
