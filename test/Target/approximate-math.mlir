// RUN: winnow-opt %s --winnow-approximate-math | FileCheck %s

// CHECK-LABEL: func.func @vectors
// CHECK-NOT: math.exp
// CHECK-NOT: math.tanh
// CHECK: return
func.func @vectors(%x: vector<16xf32>) -> vector<16xf32> {
  %e = math.exp %x : vector<16xf32>
  %t = math.tanh %e : vector<16xf32>
  return %t : vector<16xf32>
}

// CHECK-LABEL: func.func @negative_f64
// CHECK: math.exp
func.func @negative_f64(%x: f64) -> f64 {
  %e = math.exp %x : f64
  return %e : f64
}
