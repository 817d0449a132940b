// A network with what the graph phase makes: epilogues in convolutions, a residual, groups, pools with padding.
func.func @main(%x: tensor<1x4x9x10xf32>, %w0: tensor<8x4x3x3xf32>, %b0: tensor<8xf32>, %dw: tensor<8x1x3x3xf32>, %gw: tensor<8x4x3x3xf32>, %fc: tensor<5x16xf32>, %fb: tensor<5xf32>, %up: tensor<8x2x3x3xf32>) -> (tensor<1x5xf32>, tensor<1x10x9x11xf32>) {
  %0 = cnn.convolution %x, %w0 bias %b0 strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] activation <hard_swish> : (tensor<1x4x9x10xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>) -> tensor<1x8x5x5xf32>
  %1 = cnn.convolution %0, %dw residual %0 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 8 activation <clip(-0.5, 0.75)> : (tensor<1x8x5x5xf32>, tensor<8x1x3x3xf32>, tensor<1x8x5x5xf32>) -> tensor<1x8x5x5xf32>
  %2 = cnn.convolution %1, %gw strides [1, 1] pads [2, 2, 2, 2] dilations [2, 2] group 2 activation <swish(1.0)> : (tensor<1x8x5x5xf32>, tensor<8x4x3x3xf32>) -> tensor<1x8x5x5xf32>
  %3 = cnn.max_pool %2 kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] : (tensor<1x8x5x5xf32>) -> tensor<1x8x3x3xf32>
  %4 = cnn.average_pool %2 kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] : (tensor<1x8x5x5xf32>) -> tensor<1x8x3x3xf32>
  %5 = cnn.concat %3, %4 axis 1 : (tensor<1x8x3x3xf32>, tensor<1x8x3x3xf32>) -> tensor<1x16x3x3xf32>
  %6 = cnn.global_pool average %5 : (tensor<1x16x3x3xf32>) -> tensor<1x16x1x1xf32>
  %7 = cnn.reshape %6 : (tensor<1x16x1x1xf32>) -> tensor<1x16xf32>
  %8 = cnn.gemm %7, %fc addend %fb alpha 0.5 transpose_rhs true : (tensor<1x16xf32>, tensor<5x16xf32>, tensor<5xf32>) -> tensor<1x5xf32>
  %9 = cnn.softmax %8 axis 1 : (tensor<1x5xf32>) -> tensor<1x5xf32>
  %10 = cnn.transposed_convolution %2, %up strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] output_padding [0, 1] : (tensor<1x8x5x5xf32>, tensor<8x2x3x3xf32>) -> tensor<1x2x9x10xf32>
  %s = cnn.concat %x, %x axis 1 : (tensor<1x4x9x10xf32>, tensor<1x4x9x10xf32>) -> tensor<1x8x9x10xf32>
  %11 = cnn.concat %10, %s axis 1 : (tensor<1x2x9x10xf32>, tensor<1x8x9x10xf32>) -> tensor<1x10x9x10xf32>
  %12 = cnn.pad constant %11 pads [0, 0, 0, 1, 0, 0, 0, 0] : (tensor<1x10x9x10xf32>) -> tensor<1x10x9x11xf32>
  return %9, %12 : tensor<1x5xf32>, tensor<1x10x9x11xf32>
}
