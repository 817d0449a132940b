// RUN: winnow-opt %s --winnow-instrument-layers | FileCheck %s

// A mark where the layer changes and one at the end; views take no time. Of layers of one name, that with the most
// arithmetic takes it.
// CHECK: func.func private @winnow_mark_layer(!llvm.ptr, i32, i32)
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[TIMES:[a-z0-9]+]]: !llvm.ptr) attributes {winnow.instrumented}
module attributes {winnow.layers = [{name = "first"}, {name = "second"}, {name = "second", macs = 8 : i64}]} {
  func.func private @kernel(memref<4xf32>)
  func.func @main(%x: memref<4xf32>, %y: memref<4xf32>) {
    // CHECK: %[[COUNT:.*]] = arith.constant 3 : i32
    // CHECK: %[[FIRST:.*]] = arith.constant 0 : i32
    // CHECK: call @winnow_mark_layer(%[[TIMES]], %[[COUNT]], %[[FIRST]])
    // CHECK-NEXT: call @kernel
    // CHECK-NEXT: call @kernel
    func.call @kernel(%x) : (memref<4xf32>) -> () loc("first")
    func.call @kernel(%y) : (memref<4xf32>) -> () loc("first")
    // CHECK: %[[SECOND:.*]] = arith.constant 2 : i32
    // CHECK: call @winnow_mark_layer(%[[TIMES]], %{{.*}}, %[[SECOND]])
    // CHECK-NEXT: call @kernel
    func.call @kernel(%x) : (memref<4xf32>) -> () loc("second")
    // CHECK: %[[NONE:.*]] = arith.constant -1 : i32
    // CHECK: call @winnow_mark_layer(%[[TIMES]], %{{.*}}, %[[NONE]])
    // CHECK-NEXT: return
    return
  }
}
