// What embed-opt is tested with: a batch normalisation to fold, an activation of a small and one of a large map.
func.func @main(%x: tensor<1x4x8x8xf32>) -> (tensor<1x8x8x8xf32>, tensor<1x16x8x8xf32>) {
  %w = arith.constant dense<0.5> : tensor<8x4x1x1xf32>
  %v = arith.constant dense<0.25> : tensor<16x4x1x1xf32>
  %one = arith.constant dense<1.0> : tensor<8xf32>
  %a = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x4x8x8xf32>, tensor<8x4x1x1xf32>) -> tensor<1x8x8x8xf32>
  %b = cnn.batch_norm %a, %one, %one, %one, %one epsilon 0.0
     : (tensor<1x8x8x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<1x8x8x8xf32>
  %c = cnn.relu %b : (tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
  %d = cnn.convolution %x, %v strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x4x8x8xf32>, tensor<16x4x1x1xf32>) -> tensor<1x16x8x8xf32>
  %e = cnn.relu %d : (tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32>
  return %c, %e : tensor<1x8x8x8xf32>, tensor<1x16x8x8xf32>
}
