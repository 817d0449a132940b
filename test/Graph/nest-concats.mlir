// RUN: winnow-opt %s --winnow-nest-concats | FileCheck %s

// A dense block: each concatenation takes the one before.
// CHECK-LABEL: @dense
// CHECK: %[[A:.*]] = cnn.concat %arg0, %arg1 axis 1
// CHECK: %[[B:.*]] = cnn.concat %[[A]], %arg2 axis 1
// CHECK: %[[C:.*]] = cnn.concat %[[B]], %arg3 axis 1
func.func @dense(%a: tensor<1x2x4x4xf32>, %b: tensor<1x2x4x4xf32>, %c: tensor<1x2x4x4xf32>, %d: tensor<1x2x4x4xf32>)
    -> (tensor<1x4x4x4xf32>, tensor<1x6x4x4xf32>, tensor<1x8x4x4xf32>) {
  %0 = cnn.concat %a, %b axis 1 : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x4x4x4xf32>
  %1 = cnn.concat %a, %b, %c axis 1
     : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x6x4x4xf32>
  %2 = cnn.concat %a, %b, %c, %d axis 1
     : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x8x4x4xf32>
  return %0, %1, %2 : tensor<1x4x4x4xf32>, tensor<1x6x4x4xf32>, tensor<1x8x4x4xf32>
}

// CHECK-LABEL: @negative_other_axis
// CHECK: cnn.concat %arg0, %arg1 axis 2
// CHECK: cnn.concat %arg0, %arg1, %arg2 axis 1
func.func @negative_other_axis(%a: tensor<1x2x4x4xf32>, %b: tensor<1x2x4x4xf32>, %c: tensor<1x2x4x4xf32>)
    -> (tensor<1x2x8x4xf32>, tensor<1x6x4x4xf32>) {
  %0 = cnn.concat %a, %b axis 2 : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x2x8x4xf32>
  %1 = cnn.concat %a, %b, %c axis 1
     : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x6x4x4xf32>
  return %0, %1 : tensor<1x2x8x4xf32>, tensor<1x6x4x4xf32>
}

// The order of the operands counts.
// CHECK-LABEL: @negative_order
// CHECK: cnn.concat %arg1, %arg0 axis 1
// CHECK: cnn.concat %arg0, %arg1, %arg2 axis 1
func.func @negative_order(%a: tensor<1x2x4x4xf32>, %b: tensor<1x2x4x4xf32>, %c: tensor<1x2x4x4xf32>)
    -> (tensor<1x4x4x4xf32>, tensor<1x6x4x4xf32>) {
  %0 = cnn.concat %b, %a axis 1 : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x4x4x4xf32>
  %1 = cnn.concat %a, %b, %c axis 1
     : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x6x4x4xf32>
  return %0, %1 : tensor<1x4x4x4xf32>, tensor<1x6x4x4xf32>
}
