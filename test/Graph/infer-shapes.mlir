// RUN: winnow-opt %s --winnow-infer-shapes | FileCheck %s
// RUN: winnow-opt %s --winnow-set-batch=batch=3 | FileCheck %s --check-prefix=BATCH

// CHECK-LABEL: @network(%arg0: tensor<?x3x8x8xf32>) -> tensor<?x48xf32>
// BATCH-LABEL: @network(%arg0: tensor<3x3x8x8xf32>) -> tensor<3x48xf32>
// BATCH: cnn.max_pool {{.*}} -> tensor<3x3x4x4xf32>
// BATCH: cnn.cast %{{.*}} to tensor<3x3x4x4xf32>
// BATCH: return {{.*}} : tensor<3x48xf32>
func.func @network(%x: tensor<?x3x8x8xf32>) -> tensor<?x?xf32> {
  %0 = cnn.relu %x : (tensor<?x3x8x8xf32>) -> tensor<?x?x?x?xf32>
  %1 = cnn.max_pool %0 kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32>
  %2 = cnn.cast %1 : tensor<?x?x?x?xf32> to tensor<?x?x?x?xf32>
  %3 = cnn.reshape %2 : (tensor<?x?x?x?xf32>) -> tensor<?x48xf32>
  %s = cnn.relu %3 : (tensor<?x48xf32>) -> tensor<?x?xf32>
  return %s : tensor<?x?xf32>
}

// CHECK-LABEL: @expand_resize
// BATCH-LABEL: @expand_resize
// BATCH: cnn.expand {{.*}} -> tensor<3x2x4x4xf32>
// BATCH: cnn.resize {{.*}} -> tensor<3x2x8x8xf32>
func.func @expand_resize(%x: tensor<?x1x4x4xf32>) -> tensor<?x2x8x8xf32> {
  %0 = cnn.expand %x : (tensor<?x1x4x4xf32>) -> tensor<?x2x4x4xf32>
  %1 = cnn.resize nearest %0 coordinates asymmetric rounding floor scales [1.0, 1.0, 2.0, 2.0]
       : (tensor<?x2x4x4xf32>) -> tensor<?x2x8x8xf32>
  return %1 : tensor<?x2x8x8xf32>
}
