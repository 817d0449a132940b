// RUN: winnow-opt %s | winnow-opt | FileCheck %s

// Clamped slices, cut pads and shapes known at run time.

// CHECK-LABEL: @reshape_at_run_time
// CHECK: cnn.reshape %{{[^ ,]+}} shape %{{[^ ,]+}}
// CHECK-SAME: (tensor<?x4xf32>, tensor<2xi64>) -> tensor<?x?xf32>
func.func @reshape_at_run_time(%x: tensor<?x4xf32>, %s: tensor<2xi64>) {
  %y = cnn.reshape %x shape %s : (tensor<?x4xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// CHECK-LABEL: @expand_at_run_time
// CHECK: cnn.expand %{{[^ ,]+}} shape %{{[^ ,]+}}
// CHECK-SAME: (tensor<1x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
func.func @expand_at_run_time(%x: tensor<1x4xf32>, %s: tensor<3xi64>) {
  %y = cnn.expand %x shape %s : (tensor<1x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  return
}

// CHECK-LABEL: @slice_backwards
// CHECK: cnn.slice %{{[^ ,]+}} axes [0, 1] starts [-1, 100] ends [-9223372036854775808, 1] steps [-1, -3]
// CHECK-SAME: (tensor<8x8xf32>) -> tensor<8x2xf32>
func.func @slice_backwards(%x: tensor<8x8xf32>) {
  %y = cnn.slice %x axes [0, 1] starts [-1, 100] ends [-9223372036854775808, 1] steps [-1, -3]
       : (tensor<8x8xf32>) -> tensor<8x2xf32>
  return
}

// CHECK-LABEL: @slice_huge_step
// CHECK: cnn.slice %{{[^ ,]+}} axes [0] starts [7] ends [-100] steps [-9223372036854775808]
// CHECK-SAME: (tensor<8xf32>) -> tensor<1xf32>
func.func @slice_huge_step(%x: tensor<8xf32>) {
  %y = cnn.slice %x axes [0] starts [7] ends [-100] steps [-9223372036854775808]
       : (tensor<8xf32>) -> tensor<1xf32>
  return
}

// CHECK-LABEL: @slice_nothing
// CHECK: cnn.slice %{{[^ ,]+}} axes [0] starts [5] ends [2] steps [1]
// CHECK-SAME: (tensor<8xf32>) -> tensor<0xf32>
func.func @slice_nothing(%x: tensor<8xf32>) {
  %y = cnn.slice %x axes [0] starts [5] ends [2] steps [1] : (tensor<8xf32>) -> tensor<0xf32>
  return
}

// CHECK-LABEL: @pad_and_cut
// CHECK: cnn.pad  edge %{{[^ ,]+}} pads [1, -1, 0, -1]
// CHECK-SAME: (tensor<3x4xf32>) -> tensor<4x2xf32>
func.func @pad_and_cut(%x: tensor<3x4xf32>) {
  %y = cnn.pad edge %x pads [1, -1, 0, -1] : (tensor<3x4xf32>) -> tensor<4x2xf32>
  return
}

// CHECK-LABEL: @pad_value
// CHECK: cnn.pad  constant %{{[^ ,]+}} value %{{[^ ,]+}} pads [1, 1]
// CHECK-SAME: (tensor<?xf32>, tensor<f32>) -> tensor<?xf32>
func.func @pad_value(%x: tensor<?xf32>, %v: tensor<f32>) {
  %y = cnn.pad constant %x value %v pads [1, 1] : (tensor<?xf32>, tensor<f32>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: @concat_dynamic
// CHECK: cnn.concat %{{[^ ,]+}}, %{{[^ ,]+}} axis 0
// CHECK-SAME: (tensor<?x4xf32>, tensor<2x?xf32>) -> tensor<?x4xf32>
func.func @concat_dynamic(%a: tensor<?x4xf32>, %b: tensor<2x?xf32>) {
  %y = cnn.concat %a, %b axis 0 : (tensor<?x4xf32>, tensor<2x?xf32>) -> tensor<?x4xf32>
  return
}
