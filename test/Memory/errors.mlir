// RUN: winnow-opt %s --winnow-plan-memory --winnow-verify-memory --split-input-file --verify-diagnostics

func.func @depends_on_data(%x: memref<1xindex>, %out: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %n = memref.load %x[%c0] : memref<1xindex>
  // expected-error @+1 {{expected a buffer whose size is a constant or a multiple of the batch}}
  %a = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %a : memref<?xf32>
  return
}

// -----

func.func private @kernel() {
  // expected-error @+1 {{expected every buffer to lie in the arena}}
  %a = memref.alloc() : memref<4xf32>
  return
}
