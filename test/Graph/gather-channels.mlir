// RUN: winnow-opt %s --winnow-gather-channels --canonicalize --cse | FileCheck %s

// One unit: joined, shuffled, split, and joined again. The second half of the
// shuffled channels is 1 of the first map and 1 of the second.
// CHECK-LABEL: @unit
// CHECK-DAG: %[[I:.*]] = arith.constant dense<[1, 3]> : tensor<2xi64>
// CHECK-DAG: %[[ALL:.*]] = arith.constant dense<[0, 2, 4, 5]> : tensor<4xi64>
// CHECK: %[[C:.*]] = cnn.concat %arg0, %arg1 axis 1
// CHECK: %[[G:.*]] = cnn.gather %[[C]], %[[I]] axis 1
// CHECK: %[[R:.*]] = cnn.relu %[[G]]
// CHECK: %[[D:.*]] = cnn.concat %arg0, %arg1, %[[R]] axis 1
// CHECK: %[[Y:.*]] = cnn.gather %[[D]], %[[ALL]] axis 1
// CHECK: return %[[Y]]
func.func @unit(%a: tensor<1x2x4x4xf32>, %b: tensor<1x2x4x4xf32>) -> tensor<1x4x4x4xf32> {
  %0 = cnn.concat %a, %b axis 1 : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x4x4x4xf32>
  %1 = cnn.reshape %0 : (tensor<1x4x4x4xf32>) -> tensor<1x2x2x4x4xf32>
  %2 = cnn.transpose %1 permutation [0, 2, 1, 3, 4] : (tensor<1x2x2x4x4xf32>) -> tensor<1x2x2x4x4xf32>
  %3 = cnn.reshape %2 : (tensor<1x2x2x4x4xf32>) -> tensor<1x4x4x4xf32>
  %4 = cnn.slice %3 axes [1] starts [0] ends [2] steps [1] : (tensor<1x4x4x4xf32>) -> tensor<1x2x4x4xf32>
  %5 = cnn.slice %3 axes [1] starts [2] ends [4] steps [1] : (tensor<1x4x4x4xf32>) -> tensor<1x2x4x4xf32>
  %6 = cnn.relu %5 : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %7 = cnn.concat %4, %6 axis 1 : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %7 : tensor<1x4x4x4xf32>
}

// Convolutions take channels in any order: the gather takes them as they lie,
// the filter is permuted.
// CHECK-LABEL: @sorted
// CHECK-DAG: arith.constant dense<[1, 3]> : tensor<2xi64>
// CHECK-DAG: arith.constant dense<{{\[}}{{\[}}{{\[}}[2.000000e+00]], {{\[}}[1.000000e+00]]]]> : tensor<1x2x1x1xf32>
// CHECK: cnn.gather
// CHECK: cnn.convolution
func.func @sorted(%a: tensor<1x4x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<[[[[1.0]], [[2.0]]]]> : tensor<1x2x1x1xf32>
  %0 = cnn.slice %a axes [1] starts [3] ends [0] steps [-2] : (tensor<1x4x4x4xf32>) -> tensor<1x2x4x4xf32>
  %1 = cnn.slice %0 axes [1] starts [0] ends [2] steps [1] : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %2 = cnn.convolution %1, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) -> tensor<1x1x4x4xf32>
  return %2 : tensor<1x1x4x4xf32>
}

// What is split and joined again in order is one concatenation.
// CHECK-LABEL: @rejoined
// CHECK: %[[S:.*]] = cnn.slice %arg0 axes [1] starts [2]
// CHECK: %[[R:.*]] = cnn.relu %[[S]]
// CHECK: %[[C:.*]] = cnn.concat %arg0, %[[R]] axis 1
// CHECK: return %[[C]]
func.func @rejoined(%a: tensor<1x4x4x4xf32>) -> tensor<1x6x4x4xf32> {
  %0 = cnn.slice %a axes [1] starts [0] ends [2] steps [1] : (tensor<1x4x4x4xf32>) -> tensor<1x2x4x4xf32>
  %1 = cnn.slice %a axes [1] starts [2] ends [4] steps [1] : (tensor<1x4x4x4xf32>) -> tensor<1x2x4x4xf32>
  %2 = cnn.relu %1 : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %3 = cnn.concat %0, %1, %2 axis 1
     : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x6x4x4xf32>
  return %3 : tensor<1x6x4x4xf32>
}

// Other reshapes are no shuffle.
// CHECK-LABEL: @negative_reshape
// CHECK: cnn.transpose
// CHECK-NOT: cnn.gather
func.func @negative_reshape(%a: tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32> {
  %1 = cnn.reshape %a : (tensor<1x4x4x4xf32>) -> tensor<1x2x2x4x4xf32>
  %2 = cnn.transpose %1 permutation [0, 1, 2, 4, 3] : (tensor<1x2x2x4x4xf32>) -> tensor<1x2x2x4x4xf32>
  %3 = cnn.reshape %2 : (tensor<1x2x2x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %3 : tensor<1x4x4x4xf32>
}
