// RUN: winnow-opt %s | winnow-opt | FileCheck %s

// Optional parts of the reductions, gathers and samplers.

// CHECK-LABEL: @reduce_keep
// CHECK: cnn.reduce  log_sum_exp %{{[^ ,]+}} axes [0, 2] keep_dims true
// CHECK-SAME: (tensor<3x4x5xf32>) -> tensor<1x4x1xf32>
func.func @reduce_keep(%x: tensor<3x4x5xf32>) {
  %y = cnn.reduce log_sum_exp %x axes [0, 2] keep_dims true : (tensor<3x4x5xf32>) -> tensor<1x4x1xf32>
  return
}

// CHECK-LABEL: @reduce_bool
// CHECK: cnn.reduce  max %{{[^ ,]+}} axes [0]
// CHECK-SAME: (tensor<4xi1>) -> tensor<i1>
func.func @reduce_bool(%x: tensor<4xi1>) {
  %y = cnn.reduce max %x axes [0] : (tensor<4xi1>) -> tensor<i1>
  return
}

// CHECK-LABEL: @arg_max_last
// CHECK: cnn.arg_max %{{[^ ,]+}} axis 1 select_last true
// CHECK-SAME: (tensor<2x8xf32>) -> tensor<2xi64>
func.func @arg_max_last(%x: tensor<2x8xf32>) {
  %y = cnn.arg_max %x axis 1 select_last true : (tensor<2x8xf32>) -> tensor<2xi64>
  return
}

// CHECK-LABEL: @top_k_smallest
// CHECK: cnn.top_k %{{[^ ,]+}} k 0 axis 0 largest false
// CHECK-SAME: (tensor<?x8xf32>) -> (tensor<0x8xf32>, tensor<0x8xi64>)
func.func @top_k_smallest(%x: tensor<?x8xf32>) {
  %v, %i = cnn.top_k %x k 0 axis 0 largest false : (tensor<?x8xf32>) -> (tensor<0x8xf32>, tensor<0x8xi64>)
  return
}

// CHECK-LABEL: @cum_sum_options
// CHECK: cnn.cum_sum %{{[^ ,]+}} axis 0 exclusive true reverse true
// CHECK-SAME: (tensor<8xf64>) -> tensor<8xf64>
func.func @cum_sum_options(%x: tensor<8xf64>) {
  %y = cnn.cum_sum %x axis 0 exclusive true reverse true : (tensor<8xf64>) -> tensor<8xf64>
  return
}

// CHECK-LABEL: @nms_options
// CHECK: cnn.non_max_suppression %{{[^ ,]+}}, %{{[^ ,]+}} max_output 3 iou_threshold 5.000000e-01 score_threshold 2.500000e-01 center_point_box true
// CHECK-SAME: (tensor<1x6x4xf32>, tensor<1x2x6xf32>) -> tensor<?x3xi64>
func.func @nms_options(%b: tensor<1x6x4xf32>, %s: tensor<1x2x6xf32>) {
  %i = cnn.non_max_suppression %b, %s max_output 3 iou_threshold 0.5 score_threshold 0.25 center_point_box true
       : (tensor<1x6x4xf32>, tensor<1x2x6xf32>) -> tensor<?x3xi64>
  return
}

// CHECK-LABEL: @gather_scalar
// CHECK: cnn.gather %{{[^ ,]+}}, %{{[^ ,]+}} axis 1
// CHECK-SAME: (tensor<2x8x3xf32>, tensor<i32>) -> tensor<2x3xf32>
func.func @gather_scalar(%x: tensor<2x8x3xf32>, %i: tensor<i32>) {
  %y = cnn.gather %x, %i axis 1 : (tensor<2x8x3xf32>, tensor<i32>) -> tensor<2x3xf32>
  return
}

// CHECK-LABEL: @gather_nd_batch
// CHECK: cnn.gather_nd %{{[^ ,]+}}, %{{[^ ,]+}} batch_dims 1
// CHECK-SAME: (tensor<2x3x4xf32>, tensor<2x5x1xi64>) -> tensor<2x5x4xf32>
func.func @gather_nd_batch(%x: tensor<2x3x4xf32>, %i: tensor<2x5x1xi64>) {
  %y = cnn.gather_nd %x, %i batch_dims 1 : (tensor<2x3x4xf32>, tensor<2x5x1xi64>) -> tensor<2x5x4xf32>
  return
}

// CHECK-LABEL: @scatter_nd_max
// CHECK: cnn.scatter_nd %{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}} reduction  max
// CHECK-SAME: (tensor<4x3xf32>, tensor<2x1xi64>, tensor<2x3xf32>) -> tensor<4x3xf32>
func.func @scatter_nd_max(%x: tensor<4x3xf32>, %i: tensor<2x1xi64>, %u: tensor<2x3xf32>) {
  %y = cnn.scatter_nd %x, %i, %u reduction max
       : (tensor<4x3xf32>, tensor<2x1xi64>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return
}

// CHECK-LABEL: @resize_crop
// CHECK: cnn.resize  cubic %{{[^ ,]+}} coordinates  tf_crop_and_resize rounding  ceil scales [1.000000e+00, 5.000000e-01] roi [0.000000e+00, 1.000000e-01, 1.000000e+00, 9.000000e-01] {antialias = true, cubic_a = -5.000000e-01 : f64}
// CHECK-SAME: (tensor<?x8xf32>) -> tensor<?x4xf32>
func.func @resize_crop(%x: tensor<?x8xf32>) {
  %y = cnn.resize cubic %x coordinates tf_crop_and_resize rounding ceil scales [1.0, 0.5] roi [0.0, 0.1, 1.0, 0.9] {antialias = true, cubic_a = -0.5}
       : (tensor<?x8xf32>) -> tensor<?x4xf32>
  return
}

// CHECK-LABEL: @roi_align_max
// CHECK: cnn.roi_align  max %{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}} output_size [2, 3] sampling_ratio 0 spatial_scale 5.000000e-01 half_pixel false
// CHECK-SAME: (tensor<1x3x8x8xf32>, tensor<?x4xf32>, tensor<?xi64>) -> tensor<?x3x2x3xf32>
func.func @roi_align_max(%x: tensor<1x3x8x8xf32>, %r: tensor<?x4xf32>, %b: tensor<?xi64>) {
  %y = cnn.roi_align max %x, %r, %b output_size [2, 3] sampling_ratio 0 spatial_scale 0.5 half_pixel false
       : (tensor<1x3x8x8xf32>, tensor<?x4xf32>, tensor<?xi64>) -> tensor<?x3x2x3xf32>
  return
}
