// RUN: winnow-opt %s --winnow-recognize-global-pool | FileCheck %s

// CHECK-LABEL: @mean
// CHECK: %[[P:.*]] = cnn.global_pool average %arg0 : (tensor<?x4x7x7xf32>) -> tensor<?x4x1x1xf32>
// CHECK: cnn.reshape %[[P]]
func.func @mean(%x: tensor<?x4x7x7xf32>) -> tensor<?x4xf32> {
  %y = cnn.reduce mean %x axes [2, 3] : (tensor<?x4x7x7xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: @window
// CHECK: cnn.global_pool max
func.func @window(%x: tensor<1x4x7x7xf32>) -> tensor<1x4x1x1xf32> {
  %y = cnn.max_pool %x kernel [7, 7] strides [7, 7] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x7x7xf32>) -> tensor<1x4x1x1xf32>
  return %y : tensor<1x4x1x1xf32>
}

// CHECK-LABEL: @no_recognize_channels
// CHECK: cnn.reduce
func.func @no_recognize_channels(%x: tensor<1x4x7x7xf32>) -> tensor<1x1x1x1xf32> {
  %y = cnn.reduce mean %x axes [1, 2, 3] keep_dims true : (tensor<1x4x7x7xf32>) -> tensor<1x1x1x1xf32>
  return %y : tensor<1x1x1x1xf32>
}
