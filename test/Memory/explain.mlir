// RUN: winnow-opt %s --winnow-plan-memory=explain=true | FileCheck %s
// RUN: winnow-opt %s --winnow-plan-memory | FileCheck %s --check-prefix=SILENT

// Two buffers that live one after the other and between them one that meets both: steps are the ops that touch memory.
// CHECK: winnow.arena_plan = [
// CHECK-SAME: {bytes = 64 : i64, first = 0 : i64, last = 1 : i64, name = "a", offset = [[OFFSET:[0-9]+]] : i64}
// CHECK-SAME: {bytes = 64 : i64, first = 1 : i64, last = 2 : i64, name = "b", offset = {{[0-9]+}} : i64}
// CHECK-SAME: {bytes = 64 : i64, first = 2 : i64, last = 3 : i64, name = "c", offset = [[OFFSET]] : i64}
// CHECK-SAME: winnow.arena_steps = ["copy a", "copy b", "copy c", "copy out"]
// SILENT-NOT: winnow.arena_plan
func.func @main(%x: memref<16xf32>, %y: memref<16xf32>) {
  %a = memref.alloc() : memref<16xf32> loc("a")
  %b = memref.alloc() : memref<16xf32> loc("b")
  %c = memref.alloc() : memref<16xf32> loc("c")
  memref.copy %x, %a : memref<16xf32> to memref<16xf32> loc("copy a")
  memref.copy %a, %b : memref<16xf32> to memref<16xf32> loc("copy b")
  memref.copy %b, %c : memref<16xf32> to memref<16xf32> loc("copy c")
  memref.copy %c, %y : memref<16xf32> to memref<16xf32> loc("copy out")
  return
}
