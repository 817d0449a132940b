// RUN: winnow-opt %s | winnow-opt | FileCheck %s

// Broadcasting and bounds.

// CHECK-LABEL: @add_both_ways
// CHECK: cnn.add %{{[^ ,]+}}, %{{[^ ,]+}}
// CHECK-SAME: (tensor<2x1x4xf32>, tensor<3x1xf32>) -> tensor<2x3x4xf32>
func.func @add_both_ways(%a: tensor<2x1x4xf32>, %b: tensor<3x1xf32>) {
  %y = cnn.add %a, %b : (tensor<2x1x4xf32>, tensor<3x1xf32>) -> tensor<2x3x4xf32>
  return
}

// CHECK-LABEL: @add_dynamic
// CHECK: cnn.add %{{[^ ,]+}}, %{{[^ ,]+}}
// CHECK-SAME: (tensor<?x4xf32>, tensor<8x1xf32>) -> tensor<8x4xf32>
func.func @add_dynamic(%a: tensor<?x4xf32>, %b: tensor<8x1xf32>) {
  %y = cnn.add %a, %b : (tensor<?x4xf32>, tensor<8x1xf32>) -> tensor<8x4xf32>
  return
}

// CHECK-LABEL: @add_dynamic_stays
// CHECK: cnn.add %{{[^ ,]+}}, %{{[^ ,]+}}
// CHECK-SAME: (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
func.func @add_dynamic_stays(%a: tensor<?x4xf32>, %b: tensor<1x4xf32>) {
  %y = cnn.add %a, %b : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  return
}

// CHECK-LABEL: @add_more_static_than_inferred
// CHECK: cnn.add %{{[^ ,]+}}, %{{[^ ,]+}}
// CHECK-SAME: (tensor<?xf32>, tensor<?xf32>) -> tensor<4xf32>
func.func @add_more_static_than_inferred(%a: tensor<?xf32>, %b: tensor<?xf32>) {
  %y = cnn.add %a, %b : (tensor<?xf32>, tensor<?xf32>) -> tensor<4xf32>
  return
}

// CHECK-LABEL: @is_inf_positive
// CHECK: cnn.is_inf %{{[^ ,]+}} {detect_negative = false}
// CHECK-SAME: (tensor<4xf32>) -> tensor<4xi1>
func.func @is_inf_positive(%x: tensor<4xf32>) {
  %y = cnn.is_inf %x {detect_negative = false} : (tensor<4xf32>) -> tensor<4xi1>
  return
}

// CHECK-LABEL: @mod_integers
// CHECK: cnn.mod %{{[^ ,]+}}, %{{[^ ,]+}}
// CHECK-SAME: (tensor<4xi8>, tensor<i8>) -> tensor<4xi8>
func.func @mod_integers(%a: tensor<4xi8>, %b: tensor<i8>) {
  %y = cnn.mod %a, %b : (tensor<4xi8>, tensor<i8>) -> tensor<4xi8>
  return
}

// CHECK-LABEL: @clip_upper
// CHECK: cnn.clip %{{[^ ,]+}} upper %{{[^ ,]+}}
// CHECK-SAME: (tensor<4xi8>, tensor<1xi8>) -> tensor<4xi8>
func.func @clip_upper(%x: tensor<4xi8>, %u: tensor<1xi8>) {
  %y = cnn.clip %x upper %u : (tensor<4xi8>, tensor<1xi8>) -> tensor<4xi8>
  return
}

// CHECK-LABEL: @gelu_tanh
// CHECK: cnn.gelu %{{[^ ,]+}} {approximate = true}
// CHECK-SAME: (tensor<4xf32>) -> tensor<4xf32>
func.func @gelu_tanh(%x: tensor<4xf32>) {
  %y = cnn.gelu %x {approximate = true} : (tensor<4xf32>) -> tensor<4xf32>
  return
}
