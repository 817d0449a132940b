// RUN: winnow-opt %s --winnow-generate-entry --split-input-file --verify-diagnostics | FileCheck %s

// The batch comes from field 3 of the call and becomes the first extent of both memrefs.
// CHECK-LABEL: func.func private @main
// CHECK-LABEL: llvm.func @winnow_entry(%{{.*}}: !llvm.ptr)
// CHECK: %[[BATCH:.*]] = llvm.load %{{.*}} : !llvm.ptr -> i64
// CHECK: llvm.insertvalue %{{.*}}[3, 0]
// CHECK: builtin.unrealized_conversion_cast %{{.*}} to memref<?x4xf32>
// CHECK: call @main(%{{.*}}) : (memref<?x4xf32>, memref<?x4xf32>, memref<?xi64>, memref<?xi8>) -> ()
// CHECK-NEXT: llvm.return
func.func @main(%x: memref<?x4xf32>, %y: memref<?x4xf32>, %extents: memref<?xi64>, %arena: memref<?xi8>)
    attributes {winnow.inputs = 1 : i64, winnow.outputs = 1 : i64, winnow.arena_bytes = 64 : i64} {
  return
}

// -----

// expected-error @+1 {{expected a function @main with the attributes winnow.inputs and winnow.outputs}}
module {
  func.func @other() {
    return
  }
}

// -----

module {
  // expected-error @+1 {{input input_0: dimension 1 is dynamic, but only the batch (dimension 0) may be}}
  func.func @main(%x: memref<1x?xf32>, %y: memref<1xf32>)
      attributes {winnow.inputs = 1 : i64, winnow.outputs = 1 : i64} {
    return
  }
}

// -----

module {
  // expected-error @+1 {{rank of input_0 is 9, but compiled models take at most 8}}
  func.func @main(%x: memref<1x1x1x1x1x1x1x1x1xf32>) attributes {winnow.inputs = 1 : i64, winnow.outputs = 0 : i64} {
    return
  }
}

// -----

module {
  // expected-error @+1 {{unexpected argument of type 'f32' behind the outputs}}
  func.func @main(%x: memref<1xf32>, %y: f32) attributes {winnow.inputs = 1 : i64, winnow.outputs = 0 : i64} {
    return
  }
}
