// RUN: winnow-opt %s --winnow-cancel-transposes | FileCheck %s

// CHECK-LABEL: @through_elementwise
// CHECK-NOT: cnn.transpose
// CHECK: %[[A:.*]] = cnn.add %arg0
// CHECK: %[[R:.*]] = cnn.relu %[[A]]
// CHECK: return %[[R]]
func.func @through_elementwise(%x: tensor<?x3x4x5xf32>) -> tensor<?x3x4x5xf32> {
  %c = arith.constant dense<1.0> : tensor<f32>
  %0 = cnn.transpose %x permutation [0, 2, 3, 1] : (tensor<?x3x4x5xf32>) -> tensor<?x4x5x3xf32>
  %1 = cnn.add %0, %c : (tensor<?x4x5x3xf32>, tensor<f32>) -> tensor<?x4x5x3xf32>
  %2 = cnn.relu %1 : (tensor<?x4x5x3xf32>) -> tensor<?x4x5x3xf32>
  %3 = cnn.transpose %2 permutation [0, 3, 1, 2] : (tensor<?x4x5x3xf32>) -> tensor<?x3x4x5xf32>
  return %3 : tensor<?x3x4x5xf32>
}

// CHECK-LABEL: @through_concat_and_reduce
// CHECK: %[[C:.*]] = cnn.concat %arg0, %arg1 axis 1
// CHECK: %[[M:.*]] = cnn.reduce mean %[[C]] axes [2, 3]
// CHECK: return %[[M]] : tensor<1x6xf32>
func.func @through_concat_and_reduce(%x: tensor<1x3x4x5xf32>, %y: tensor<1x3x4x5xf32>) -> tensor<1x6xf32> {
  %0 = cnn.transpose %x permutation [0, 2, 3, 1] : (tensor<1x3x4x5xf32>) -> tensor<1x4x5x3xf32>
  %1 = cnn.transpose %y permutation [0, 2, 3, 1] : (tensor<1x3x4x5xf32>) -> tensor<1x4x5x3xf32>
  %2 = cnn.concat %0, %1 axis 3 : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x6xf32>
  %3 = cnn.reduce mean %2 axes [1, 2] : (tensor<1x4x5x6xf32>) -> tensor<1x6xf32>
  return %3 : tensor<1x6xf32>
}

// CHECK-LABEL: @through_pad_and_slice
// CHECK: cnn.pad constant %arg0 pads [0, 7, 1, 3, 0, 8, 2, 4]
// CHECK: cnn.slice %{{.*}} axes [1, 2] starts [3, 1] ends [6, 4] steps [1, 2]
// CHECK: cnn.transpose
func.func @through_pad_and_slice(%x: tensor<1x3x4x5xf32>) -> tensor<1x2x12x3xf32> {
  %0 = cnn.transpose %x permutation [0, 2, 3, 1] : (tensor<1x3x4x5xf32>) -> tensor<1x4x5x3xf32>
  %1 = cnn.pad constant %0 pads [0, 1, 3, 7, 0, 2, 4, 8] : (tensor<1x4x5x3xf32>) -> tensor<1x7x12x18xf32>
  %2 = cnn.slice %1 axes [1, 3] starts [1, 3] ends [4, 6] steps [2, 1] : (tensor<1x7x12x18xf32>) -> tensor<1x2x12x3xf32>
  return %2 : tensor<1x2x12x3xf32>
}

// CHECK-LABEL: @moves_no_data
// CHECK: cnn.reshape %arg0 : (tensor<?x8x1x1xf32>) -> tensor<?x1x1x8xf32>
func.func @moves_no_data(%x: tensor<?x8x1x1xf32>) -> tensor<?x1x1x8xf32> {
  %0 = cnn.transpose %x permutation [0, 2, 3, 1] : (tensor<?x8x1x1xf32>) -> tensor<?x1x1x8xf32>
  return %0 : tensor<?x1x1x8xf32>
}

// CHECK-LABEL: @no_sink_other_operand
// CHECK: cnn.transpose
// CHECK: cnn.add
func.func @no_sink_other_operand(%x: tensor<2x3xf32>, %y: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %0 = cnn.transpose %x permutation [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %1 = cnn.add %0, %y : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}
