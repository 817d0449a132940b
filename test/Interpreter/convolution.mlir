// The interpreter runs IR as it stands: sums of a padded ramp, then their mean.
// RUN: winnow-run %s --interpret | FileCheck %s

// CHECK: sums: float32 1x1x3x3, largest 45 at 4
// CHECK: mean: float32 1x1x1x1, largest 27.2222 at 0
func.func @main() -> (tensor<1x1x3x3xf32> {winnow.name = "sums"}, tensor<1x1x1x1xf32> {winnow.name = "mean"}) {
  %x = arith.constant dense<[[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]]> : tensor<1x1x3x3xf32>
  %w = arith.constant dense<1.0> : tensor<1x1x3x3xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x1x3x3xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x3x3xf32>
  %m = cnn.global_pool average %y : (tensor<1x1x3x3xf32>) -> tensor<1x1x1x1xf32>
  return %y, %m : tensor<1x1x3x3xf32>, tensor<1x1x1x1xf32>
}
