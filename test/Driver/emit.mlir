// The forms of output, from a model that is already lowered to memrefs.
// RUN: rm -rf %t && mkdir -p %t
// RUN: winnowc %s -o %t/m.ll --target=x86-64-v3 -O0 && FileCheck %s --check-prefix=LL --input-file=%t/m.ll
// RUN: winnowc %s -o %t/m.s --target=x86-64-v3 && FileCheck %s --check-prefix=ASM --input-file=%t/m.s
// RUN: winnowc %s -o %t/m.mlir --compile-to=memory && FileCheck %s --check-prefix=MEMORY --input-file=%t/m.mlir
// RUN: winnowc %s -o %t/m.mlir && FileCheck %s --check-prefix=TARGET --input-file=%t/m.mlir
// Going on from the middle gives the same program.
// RUN: winnowc %s -o %t/memory.mlir --compile-to=memory && winnowc %t/memory.mlir -o %t/again.ll --target=x86-64-v3 -O0
// RUN: FileCheck %s --check-prefix=LL --input-file=%t/again.ll

// LL-DAG: @winnow_constants = internal constant [64 x i8] c"\00\00\80?
// LL-DAG: c"doubler\00"
// LL-DAG: define ptr @winnow_model()
// LL-DAG: define internal void @winnow_entry(ptr
// LL-DAG: define internal void @winnow_main(
// ASM: winnow_model:
// MEMORY: winnow.arena_bytes_per_batch = 64
// MEMORY: memref.view
// TARGET: llvm.func @winnow_entry

module attributes {winnow.model_name = "doubler"} {
  memref.global "private" constant @weights : memref<16xf32> =
    dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0]>
  func.func @main(%x: memref<?x16xf32> {winnow.name = "x"}, %y: memref<?x16xf32> {winnow.name = "y"})
      attributes {winnow.inputs = 1 : i64, winnow.outputs = 1 : i64} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %n = memref.dim %x, %c0 : memref<?x16xf32>
    %w = memref.get_global @weights : memref<16xf32>
    %t = memref.alloc(%n) {alignment = 64 : i64} : memref<?x16xf32>
    scf.for %i = %c0 to %n step %c1 {
      %a = vector.load %x[%i, %c0] : memref<?x16xf32>, vector<16xf32>
      %b = vector.load %w[%c0] : memref<16xf32>, vector<16xf32>
      %p = arith.mulf %a, %b : vector<16xf32>
      vector.store %p, %t[%i, %c0] : memref<?x16xf32>, vector<16xf32>
      %q = vector.load %t[%i, %c0] : memref<?x16xf32>, vector<16xf32>
      vector.store %q, %y[%i, %c0] : memref<?x16xf32>, vector<16xf32>
    }
    return
  }
}
