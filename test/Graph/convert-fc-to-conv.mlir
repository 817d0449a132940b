// RUN: winnow-opt %s --winnow-convert-fc-to-conv | FileCheck %s
// RUN: winnow-opt %s --winnow-convert-fc-to-conv=spatial=true | FileCheck %s --check-prefix=SPATIAL
// RUN: winnow-opt %s --winnow-convert-fc-to-conv=zeros=0.5 | FileCheck %s --check-prefix=ZEROS

// w = alpha B, b = beta C.
// CHECK-LABEL: @gemm
// CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[\[\[\[}}2.000000e+00]], {{\[\[}}6.000000e+00]]], {{\[\[\[}}4.000000e+00]], {{\[\[}}8.000000e+00]]]]> : tensor<2x2x1x1xf32>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<[3.000000e+00, 6.000000e+00]> : tensor<2xf32>
// CHECK: %[[C:.*]] = cnn.convolution %arg0, %[[W]] bias %[[B]] {{.*}} activation <relu>
// CHECK: cnn.reshape %[[C]] : (tensor<?x2x1x1xf32>) -> tensor<?x2xf32>
func.func @gemm(%x: tensor<?x2x1x1xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %f = cnn.reshape %x : (tensor<?x2x1x1xf32>) -> tensor<?x2xf32>
  %y = cnn.gemm %f, %w addend %b alpha 2.0 beta 3.0 activation <relu>
       : (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK-LABEL: @pixels
// CHECK: cnn.matmul
// SPATIAL-LABEL: @pixels
// SPATIAL: cnn.convolution %arg0, %{{.*}} : (tensor<1x2x2x1xf32>, tensor<3x2x2x1xf32>) -> tensor<1x3x1x1xf32>
func.func @pixels(%x: tensor<1x2x2x1xf32>) -> tensor<1x3xf32> {
  %w = arith.constant dense<1.0> : tensor<4x3xf32>
  %f = cnn.reshape %x : (tensor<1x2x2x1xf32>) -> tensor<1x4xf32>
  %y = cnn.matmul %f, %w : (tensor<1x4xf32>, tensor<4x3xf32>) -> tensor<1x3xf32>
  return %y : tensor<1x3xf32>
}

// A batch shares the weights in a matrix product.
// SPATIAL-LABEL: @no_convert_batch
// SPATIAL: cnn.matmul
func.func @no_convert_batch(%x: tensor<8x2x2x1xf32>) -> tensor<8x3xf32> {
  %w = arith.constant dense<1.0> : tensor<4x3xf32>
  %f = cnn.reshape %x : (tensor<8x2x2x1xf32>) -> tensor<8x4xf32>
  %y = cnn.matmul %f, %w : (tensor<8x4xf32>, tensor<4x3xf32>) -> tensor<8x3xf32>
  return %y : tensor<8x3xf32>
}

// Zeros are left out of convolutions; of one row, and where there are enough.
// CHECK-LABEL: @zeros
// CHECK: cnn.gemm
// ZEROS-LABEL: @zeros
// ZEROS: %[[MAP:.*]] = cnn.reshape %arg0 : (tensor<1x4xf32>) -> tensor<1x4x1x1xf32>
// ZEROS: cnn.convolution %[[MAP]], %{{.*}} bias %{{.*}} activation <relu>{{.*}}-> tensor<1x2x1x1xf32>
func.func @zeros(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<[[0.0, 1.0], [2.0, 0.0], [0.0, 3.0], [0.0, 4.0]]> : tensor<4x2xf32>
  %b = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %y = cnn.gemm %x, %w addend %b activation <relu>
       : (tensor<1x4xf32>, tensor<4x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// ZEROS-LABEL: @no_convert_few_zeros
// ZEROS: cnn.matmul
func.func @no_convert_few_zeros(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<[[0.0, 1.0], [2.0, 0.0], [0.0, 3.0], [5.0, 4.0]]> : tensor<4x2xf32>
  %y = cnn.matmul %x, %w : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// ZEROS-LABEL: @no_convert_rows
// ZEROS: cnn.matmul
func.func @no_convert_rows(%x: tensor<2x4xf32>) -> tensor<2x2xf32> {
  %w = arith.constant dense<0.0> : tensor<4x2xf32>
  %y = cnn.matmul %x, %w : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}
