// RUN: winnow-opt %s --winnow-set-batch=batch=3 -split-input-file -verify-diagnostics

// expected-error @+1 {{expected input 'picture' to have a dynamic batch, or one of 3, but it has type 'tensor<1x4xf32>'}}
func.func @fixed(%x: tensor<1x4xf32> {winnow.name = "picture"}) -> tensor<1x4xf32> {
  return %x : tensor<1x4xf32>
}

// -----

func.func @does_not_fit(%x: tensor<?x4xf32>) -> tensor<2x4xf32> {
  // expected-error @+1 {{expected a result of shape 'tensor<3x4xf32>' but it has type 'tensor<2x4xf32>'}}
  %y = cnn.relu %x : (tensor<?x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}
