// RUN: winnow-opt %s -canonicalize -split-input-file | FileCheck %s

// CHECK-LABEL: @identity_reshape
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @identity_reshape(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = cnn.reshape %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: @reshape_of_reshape
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: %[[Y:.*]] = cnn.reshape %[[X]] : (tensor<2x3x4xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return %[[Y]]
func.func @reshape_of_reshape(%x: tensor<2x3x4xf32>) -> tensor<4x6xf32> {
  %a = cnn.reshape %x : (tensor<2x3x4xf32>) -> tensor<24xf32>
  %y = cnn.reshape %a : (tensor<24xf32>) -> tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}

// CHECK-LABEL: @reshape_and_back
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @reshape_and_back(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %a = cnn.reshape %x : (tensor<2x3x4xf32>) -> tensor<24xf32>
  %y = cnn.reshape %a : (tensor<24xf32>) -> tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}

// Two dynamic extents may be other ones in the same type.
// CHECK-LABEL: @no_fold_reshape_of_two_dynamic_extents
// CHECK: cnn.reshape
func.func @no_fold_reshape_of_two_dynamic_extents(%x: tensor<?x?xf32>, %s: tensor<2xi64>) -> tensor<?x?xf32> {
  %y = cnn.reshape %x shape %s : (tensor<?x?xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// 2 x ? elements are never 3: one reshape would not verify where two do.
// CHECK-LABEL: @no_fold_contradictory_reshapes
// CHECK-COUNT-2: cnn.reshape
func.func @no_fold_contradictory_reshapes(%x: tensor<2x?xf32>) -> tensor<3xf32> {
  %a = cnn.reshape %x : (tensor<2x?xf32>) -> tensor<?xf32>
  %y = cnn.reshape %a : (tensor<?xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: @identity_transpose
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @identity_transpose(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %y = cnn.transpose %x permutation [0, 1] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// CHECK-LABEL: @transpose_and_back
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @transpose_and_back(%x: tensor<1x3x8x9xf32>) -> tensor<1x3x8x9xf32> {
  %a = cnn.transpose %x permutation [0, 2, 3, 1] : (tensor<1x3x8x9xf32>) -> tensor<1x8x9x3xf32>
  %y = cnn.transpose %a permutation [0, 3, 1, 2] : (tensor<1x8x9x3xf32>) -> tensor<1x3x8x9xf32>
  return %y : tensor<1x3x8x9xf32>
}

// CHECK-LABEL: @transpose_of_transpose
// CHECK-NEXT: cnn.transpose %{{.*}} permutation [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
// CHECK-NEXT: return
func.func @transpose_of_transpose(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %a = cnn.transpose %x permutation [1, 2, 0] : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  %y = cnn.transpose %a permutation [1, 2, 0] : (tensor<3x4x2xf32>) -> tensor<4x2x3xf32>
  return %y : tensor<4x2x3xf32>
}

// CHECK-LABEL: @identity_expand
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @identity_expand(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %y = cnn.expand %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// CHECK-LABEL: @no_fold_expand_to_a_shape
// CHECK: cnn.expand
func.func @no_fold_expand_to_a_shape(%x: tensor<?xf32>, %s: tensor<1xi64>) -> tensor<?xf32> {
  %y = cnn.expand %x shape %s : (tensor<?xf32>, tensor<1xi64>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// CHECK-LABEL: @concat_of_one
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @concat_of_one(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %y = cnn.concat %x axis 1 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// CHECK-LABEL: @identity_slices
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @identity_slices(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %a = cnn.slice %x axes [1] starts [-8] ends [100] steps [1] : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %y = cnn.slice %a axes [0] starts [0] ends [9223372036854775807] steps [1] : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @no_fold_reversal
// CHECK: cnn.slice
func.func @no_fold_reversal(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = cnn.slice %x axes [0] starts [-1] ends [-9] steps [-1] : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// CHECK-LABEL: @no_fold_slice_of_dynamic_extent
// CHECK: cnn.slice
func.func @no_fold_slice_of_dynamic_extent(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = cnn.slice %x axes [0] starts [0] ends [8] steps [1] : (tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// CHECK-LABEL: @pad_by_nothing
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @pad_by_nothing(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %y = cnn.pad constant %x pads [0, 0, 0, 0] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// CHECK-LABEL: @no_fold_shift
// CHECK: cnn.pad
func.func @no_fold_shift(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = cnn.pad constant %x pads [1, -1] : (tensor<3xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: @shape_and_size
// CHECK-DAG: arith.constant dense<[4, 8]> : tensor<2xi64>
// CHECK-DAG: arith.constant dense<32> : tensor<i64>
// CHECK: return
func.func @shape_and_size(%x: tensor<?x4x8xf32>, %z: tensor<4x8xf32>) -> (tensor<2xi64>, tensor<i64>) {
  %s = cnn.shape %x start 1 end 3 : (tensor<?x4x8xf32>) -> tensor<2xi64>
  %n = cnn.size %z : (tensor<4x8xf32>) -> tensor<i64>
  return %s, %n : tensor<2xi64>, tensor<i64>
}

// CHECK-LABEL: @no_fold_dynamic_shape_and_size
// CHECK: cnn.shape
// CHECK: cnn.size
func.func @no_fold_dynamic_shape_and_size(%x: tensor<?x4xf32>) -> (tensor<2xi64>, tensor<i64>) {
  %s = cnn.shape %x start 0 end 2 : (tensor<?x4xf32>) -> tensor<2xi64>
  %n = cnn.size %x : (tensor<?x4xf32>) -> tensor<i64>
  return %s, %n : tensor<2xi64>, tensor<i64>
}

// CHECK-LABEL: @layout_and_back
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @layout_and_back(%x: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  %a = cnn.convert_layout %x : (tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32, #cnn.layout<block = 16>>
  %y = cnn.convert_layout %a : (tensor<1x64x8x8xf32, #cnn.layout<block = 16>>) -> tensor<1x64x8x8xf32>
  return %y : tensor<1x64x8x8xf32>
}

// CHECK-LABEL: @layout_of_layout
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: cnn.convert_layout %[[X]] : (tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32, #cnn.layout<block = 8>>
// CHECK-NEXT: return
func.func @layout_of_layout(%x: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32, #cnn.layout<block = 8>> {
  %a = cnn.convert_layout %x : (tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32, #cnn.layout<block = 16>>
  %y = cnn.convert_layout %a : (tensor<1x64x8x8xf32, #cnn.layout<block = 16>>)
       -> tensor<1x64x8x8xf32, #cnn.layout<block = 8>>
  return %y : tensor<1x64x8x8xf32, #cnn.layout<block = 8>>
}

// CHECK-LABEL: @common_subexpressions_are_pure
// CHECK-NEXT: return
func.func @common_subexpressions_are_pure(%x: tensor<4xf32>) {
  %y = cnn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  return
}
