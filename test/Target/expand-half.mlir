// RUN: winnow-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(winnow-expand-half-conversions))' | FileCheck %s

// Without the instructions, conversions are integer arithmetic and one addition.
// CHECK-LABEL: @written
// CHECK-NOT: arith.extf
// CHECK: arith.subf {{.*}} : vector<8xf32>
// CHECK-NOT: arith.truncf {{.*}} to f16
// CHECK: arith.addf {{.*}} : f32
// Others stay.
// CHECK: arith.extf {{.*}} : f32 to f64
func.func @written(%x: vector<8xf16>, %y: f32) -> (vector<8xf32>, f16, f64) {
  %0 = arith.extf %x : vector<8xf16> to vector<8xf32>
  %1 = arith.truncf %y : f32 to f16
  %2 = arith.extf %y : f32 to f64
  return %0, %1, %2 : vector<8xf32>, f16, f64
}

// -----

// CHECK-LABEL: @instructions
// CHECK-NEXT: arith.extf
// CHECK-NEXT: arith.truncf
module attributes {winnow.target = {f16_conversion = true}} {
  func.func @instructions(%x: vector<8xf16>, %y: f32) -> (vector<8xf32>, f16) {
    %0 = arith.extf %x : vector<8xf16> to vector<8xf32>
    %1 = arith.truncf %y : f32 to f16
    return %0, %1 : vector<8xf32>, f16
  }
}
