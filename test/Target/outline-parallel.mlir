// RUN: winnow-opt %s --winnow-outline-parallel | FileCheck %s
// RUN: winnow-opt %s --winnow-lower-to-llvm | FileCheck %s --check-prefix=LLVM

// The task repeats views and constants, and gets buffers and numbers through the struct.
// CHECK: func.func private @winnow_parallel_for(!llvm.ptr, i64, !llvm.ptr, !llvm.ptr)
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[TEAM:[a-z0-9]+]]: !llvm.ptr {winnow.team}
// CHECK: %[[DATA:.*]] = llvm.alloca
// CHECK-NOT: scf.parallel
// CHECK: llvm.store %{{.*}}, %{{.*}} : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
// CHECK: %[[TASK:.*]] = constant @task_0
// CHECK: call @winnow_parallel_for(%[[TEAM]], %{{.*}}, %{{.*}}, %[[DATA]])
// CHECK: func.func private @task_0(%[[D:.*]]: !llvm.ptr, %[[PART:.*]]: i64)
// CHECK: llvm.load
// CHECK: memref.view
// CHECK: arith.index_cast %[[PART]] : i64 to index
// CHECK: call @kernel

// LLVM: llvm.func @winnow_parallel_for
// LLVM: llvm.call @winnow_parallel_for
// LLVM-LABEL: llvm.func @task_0
// LLVM: llvm.call @kernel
// The entry hands over threads and team.
// LLVM-LABEL: llvm.func @winnow_entry
// LLVM-DAG: llvm.getelementptr %{{.*}}[6]
// LLVM-DAG: llvm.getelementptr %{{.*}}[7]
// LLVM: llvm.call @main

module {
  func.func @main(%x: memref<64xf32>, %y: memref<64xf32>, %threads: index {winnow.threads}, %arena: memref<?xi8>)
      attributes {winnow.inputs = 1 : i64, winnow.outputs = 1 : i64, winnow.arena_bytes = 256 : i64,
                  winnow.max_threads = 4 : i64} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %t = memref.view %arena[%c0][] : memref<?xi8> to memref<64xf32>
    %parts = arith.minui %threads, %c4 : index
    scf.parallel (%part) = (%c0) to (%parts) step (%c1) {
      func.call @kernel(%x, %t, %part) : (memref<64xf32>, memref<64xf32>, index) -> ()
      scf.reduce
    }
    memref.copy %t, %y : memref<64xf32> to memref<64xf32>
    return
  }
  func.func private @kernel(%x: memref<64xf32>, %t: memref<64xf32>, %part: index) {
    %v = memref.load %x[%part] : memref<64xf32>
    memref.store %v, %t[%part] : memref<64xf32>
    return
  }
}
