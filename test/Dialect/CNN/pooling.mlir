// RUN: winnow-opt %s | winnow-opt | FileCheck %s

// Ceil_mode, auto_pad and the options of each pool.

// CHECK-LABEL: @max_pool_ceil
// CHECK: cnn.max_pool %{{[^ ,]+}} kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] ceil_mode true
// CHECK-SAME: (tensor<1x8x10x10xf32>) -> tensor<1x8x5x5xf32>
func.func @max_pool_ceil(%x: tensor<1x8x10x10xf32>) {
  %y = cnn.max_pool %x kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] ceil_mode true
       : (tensor<1x8x10x10xf32>) -> tensor<1x8x5x5xf32>
  return
}

// CHECK-LABEL: @max_pool_ceil_starts_in_padding
// CHECK: cnn.max_pool %{{[^ ,]+}} kernel [2, 2] strides [3, 3] pads [1, 1, 1, 1] dilations [1, 1] ceil_mode true
// CHECK-SAME: (tensor<1x8x2x2xf32>) -> tensor<1x8x1x1xf32>
func.func @max_pool_ceil_starts_in_padding(%x: tensor<1x8x2x2xf32>) {
  %y = cnn.max_pool %x kernel [2, 2] strides [3, 3] pads [1, 1, 1, 1] dilations [1, 1] ceil_mode true
       : (tensor<1x8x2x2xf32>) -> tensor<1x8x1x1xf32>
  return
}

// CHECK-LABEL: @max_pool_integers
// CHECK: cnn.max_pool %{{[^ ,]+}} kernel [2] strides [2] pads [0, 0] dilations [2]
// CHECK-SAME: (tensor<1x8x9xui8>) -> tensor<1x8x4xui8>
func.func @max_pool_integers(%x: tensor<1x8x9xui8>) {
  %y = cnn.max_pool %x kernel [2] strides [2] pads [0, 0] dilations [2]
       : (tensor<1x8x9xui8>) -> tensor<1x8x4xui8>
  return
}

// CHECK-LABEL: @max_pool_same
// CHECK: cnn.max_pool %{{[^ ,]+}} kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] auto_pad  same_lower
// CHECK-SAME: (tensor<1x8x9x8xf32>) -> tensor<1x8x5x4xf32>
func.func @max_pool_same(%x: tensor<1x8x9x8xf32>) {
  %y = cnn.max_pool %x kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] auto_pad same_lower
       : (tensor<1x8x9x8xf32>) -> tensor<1x8x5x4xf32>
  return
}

// CHECK-LABEL: @max_pool_columns
// CHECK: cnn.max_pool_with_indices %{{[^ ,]+}} kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] storage_order 1
// CHECK-SAME: (tensor<1x8x8x8xf32>) -> (tensor<1x8x4x4xf32>, tensor<1x8x4x4xi64>)
func.func @max_pool_columns(%x: tensor<1x8x8x8xf32>) {
  %y, %i = cnn.max_pool_with_indices %x kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] storage_order 1
       : (tensor<1x8x8x8xf32>) -> (tensor<1x8x4x4xf32>, tensor<1x8x4x4xi64>)
  return
}

// CHECK-LABEL: @average_pool_padding
// CHECK: cnn.average_pool %{{[^ ,]+}} kernel [3, 3] strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] count_include_pad true
// CHECK-SAME: (tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
func.func @average_pool_padding(%x: tensor<1x8x8x8xf32>) {
  %y = cnn.average_pool %x kernel [3, 3] strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] count_include_pad true
       : (tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
  return
}

// CHECK-LABEL: @lp_pool_p
// CHECK: cnn.lp_pool %{{[^ ,]+}} kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] p 1
// CHECK-SAME: (tensor<1x8x8x8xf32>) -> tensor<1x8x4x4xf32>
func.func @lp_pool_p(%x: tensor<1x8x8x8xf32>) {
  %y = cnn.lp_pool %x kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] p 1
       : (tensor<1x8x8x8xf32>) -> tensor<1x8x4x4xf32>
  return
}

// CHECK-LABEL: @global_pool_3d
// CHECK: cnn.global_pool  lp %{{[^ ,]+}} p 3
// CHECK-SAME: (tensor<?x8x7x7x?xf32>) -> tensor<?x8x1x1x1xf32>
func.func @global_pool_3d(%x: tensor<?x8x7x7x?xf32>) {
  %y = cnn.global_pool lp %x p 3 : (tensor<?x8x7x7x?xf32>) -> tensor<?x8x1x1x1xf32>
  return
}
