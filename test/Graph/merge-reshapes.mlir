// RUN: winnow-opt %s --winnow-merge-reshapes | FileCheck %s

// CHECK-LABEL: @row
// CHECK: %[[R:.*]] = cnn.relu %arg0
// CHECK: %[[Y:.*]] = cnn.reshape %[[R]] : (tensor<?x2x3xf32>) -> tensor<?x3x2xf32>
// CHECK: return %[[Y]]
func.func @row(%x: tensor<?x2x3xf32>) -> tensor<?x3x2xf32> {
  %0 = cnn.reshape %x : (tensor<?x2x3xf32>) -> tensor<?x6xf32>
  %1 = cnn.relu %0 : (tensor<?x6xf32>) -> tensor<?x6xf32>
  %2 = cnn.reshape %1 : (tensor<?x6xf32>) -> tensor<?x3x2xf32>
  return %2 : tensor<?x3x2xf32>
}

// The flattened value is needed itself.
// CHECK-LABEL: @no_sink_two_uses
// CHECK: %[[F:.*]] = cnn.reshape %arg0
// CHECK: %[[R:.*]] = cnn.relu %[[F]]
// CHECK: return %[[F]], %[[R]]
func.func @no_sink_two_uses(%x: tensor<?x2x3xf32>) -> (tensor<?x6xf32>, tensor<?x6xf32>) {
  %0 = cnn.reshape %x : (tensor<?x2x3xf32>) -> tensor<?x6xf32>
  %1 = cnn.relu %0 : (tensor<?x6xf32>) -> tensor<?x6xf32>
  return %0, %1 : tensor<?x6xf32>, tensor<?x6xf32>
}
