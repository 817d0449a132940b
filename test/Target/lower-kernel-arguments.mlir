// RUN: winnow-opt %s --winnow-lower-kernel-arguments --split-input-file | FileCheck %s

// Static memrefs become pointers; the arguments never overlap, so both are noalias.
// CHECK-LABEL: func.func private @kernel(
// CHECK-SAME: !llvm.ptr {llvm.noalias}, %{{.*}}: !llvm.ptr {llvm.noalias})
func.func private @kernel(%x: memref<8xf32>, %y: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %v = vector.load %x[%c0] : memref<8xf32>, vector<8xf32>
  vector.store %v, %y[%c0] : memref<8xf32>, vector<8xf32>
  return
}
// CHECK-LABEL: func.func @main(
// CHECK: call @kernel(%{{.*}}, %{{.*}}) : (!llvm.ptr, !llvm.ptr) -> ()
func.func @main(%x: memref<8xf32>, %out: memref<8xf32>) {
  call @kernel(%x, %out) : (memref<8xf32>, memref<8xf32>) -> ()
  return
}

// -----

// One call works in place: no argument may be noalias.
// CHECK-LABEL: func.func private @in_place(
// CHECK-SAME: %{{[a-z0-9]+}}: !llvm.ptr, %{{[a-z0-9]+}}: !llvm.ptr) {
func.func private @in_place(%x: memref<8xf32>, %y: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %v = vector.load %x[%c0] : memref<8xf32>, vector<8xf32>
  vector.store %v, %y[%c0] : memref<8xf32>, vector<8xf32>
  return
}
func.func @main(%out: memref<8xf32>, %arena: memref<?xi8>) {
  %c0 = arith.constant 0 : index
  %a = memref.view %arena[%c0][] : memref<?xi8> to memref<8xf32>
  call @in_place(%a, %out) : (memref<8xf32>, memref<8xf32>) -> ()
  call @in_place(%a, %a) : (memref<8xf32>, memref<8xf32>) -> ()
  return
}

// -----

// Views of the arena at constant offsets: the first pair is apart, and both are only read here.
// CHECK-LABEL: func.func private @apart(
// CHECK-SAME: !llvm.ptr {llvm.noalias}, %{{.*}}: !llvm.ptr {llvm.noalias}, %{{.*}}: !llvm.ptr {llvm.noalias})
func.func private @apart(%x: memref<8xf32>, %y: memref<8xf32>, %z: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %v = vector.load %x[%c0] : memref<8xf32>, vector<8xf32>
  %w = vector.load %y[%c0] : memref<8xf32>, vector<8xf32>
  %s = arith.addf %v, %w : vector<8xf32>
  vector.store %s, %z[%c0] : memref<8xf32>, vector<8xf32>
  return
}
func.func @main(%arena: memref<?xi8>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %a = memref.view %arena[%c0][] : memref<?xi8> to memref<8xf32>
  %b = memref.view %arena[%c64][] : memref<?xi8> to memref<8xf32>
  call @apart(%a, %a, %b) : (memref<8xf32>, memref<8xf32>, memref<8xf32>) -> ()
  return
}

// -----

// A view with an offset: the call adds it to the pointer.
// CHECK-LABEL: func.func private @strided(%{{.*}}: !llvm.ptr {llvm.noalias})
func.func private @strided(%x: memref<4xf32, strided<[1], offset: ?>>) {
  return
}
// CHECK-LABEL: func.func @main(
// CHECK: %[[P:.*]] = llvm.getelementptr %{{.*}}[%{{.*}}] : (!llvm.ptr, i64) -> !llvm.ptr, f32
// CHECK: call @strided(%[[P]])
func.func @main(%x: memref<?x4xf32>, %i: index) {
  %v = memref.subview %x[%i, 0] [1, 4] [1, 1] : memref<?x4xf32> to memref<4xf32, strided<[1], offset: ?>>
  call @strided(%v) : (memref<4xf32, strided<[1], offset: ?>>) -> ()
  return
}

// -----

// negative: a dynamic extent needs its descriptor.
// CHECK-LABEL: func.func private @dynamic(%{{.*}}: memref<?xf32>)
func.func private @dynamic(%x: memref<?xf32>) {
  return
}
