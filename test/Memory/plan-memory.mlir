// RUN: winnow-opt %s --winnow-elide-copies --winnow-plan-memory --canonicalize --split-input-file | FileCheck %s

func.func private @f(memref<256xf32>, memref<256xf32>)

// Two buffers that live at the same time, a third that takes the place of the first.
// CHECK-LABEL: func.func @chain
// CHECK-SAME: %[[OUT:[a-z0-9]+]]: memref<256xf32>, %[[ARENA:[a-z0-9]+]]: memref<?xi8>)
// CHECK-SAME: winnow.arena_bytes = 2048 : i64, winnow.arena_lower_bound = 2048 : i64
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK: %[[A:.*]] = memref.view %[[ARENA]][%[[C0]]][]
// CHECK: call @f(%{{.*}}, %[[A]])
// CHECK-NOT: memref.alloc
// CHECK: call @f(%{{.*}}, %[[OUT]])
// CHECK-NOT: memref.copy
func.func @chain(%x: memref<256xf32>, %out: memref<256xf32>) {
  %a = memref.alloc() : memref<256xf32>
  %b = memref.alloc() : memref<256xf32>
  %c = memref.alloc() : memref<256xf32>
  %d = memref.alloc() : memref<256xf32>
  call @f(%x, %a) : (memref<256xf32>, memref<256xf32>) -> ()
  call @f(%a, %b) : (memref<256xf32>, memref<256xf32>) -> ()
  call @f(%b, %c) : (memref<256xf32>, memref<256xf32>) -> ()
  call @f(%c, %d) : (memref<256xf32>, memref<256xf32>) -> ()
  memref.copy %d, %out : memref<256xf32> to memref<256xf32>
  return
}

// -----

func.func private @f(memref<16xf32>, memref<16xf32>)
func.func private @g(memref<32xf32>, memref<32xf32>)

// Concatenation in place: both parts are written where the whole is read.
// CHECK-LABEL: func.func @concat
// CHECK-SAME: winnow.arena_bytes = 128 : i64
// CHECK-NOT: memref.copy
func.func @concat(%x: memref<16xf32>, %out: memref<32xf32>) {
  %a = memref.alloc() : memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  %ab = memref.alloc() : memref<32xf32>
  call @f(%x, %a) : (memref<16xf32>, memref<16xf32>) -> ()
  call @f(%x, %b) : (memref<16xf32>, memref<16xf32>) -> ()
  %lo = memref.subview %ab[0] [16] [1] : memref<32xf32> to memref<16xf32, strided<[1]>>
  memref.copy %a, %lo : memref<16xf32> to memref<16xf32, strided<[1]>>
  %hi = memref.subview %ab[16] [16] [1] : memref<32xf32> to memref<16xf32, strided<[1], offset: 16>>
  memref.copy %b, %hi : memref<16xf32> to memref<16xf32, strided<[1], offset: 16>>
  call @g(%ab, %out) : (memref<32xf32>, memref<32xf32>) -> ()
  return
}

// -----

func.func private @f(memref<16xf32>, memref<16xf32>)

// The same buffer twice in a concatenation: one copy stays.
// CHECK-LABEL: func.func @no_elide_twice
// CHECK: memref.copy
// CHECK-NOT: memref.copy
func.func @no_elide_twice(%x: memref<16xf32>, %out: memref<16xf32>) {
  %a = memref.alloc() : memref<16xf32>
  %ab = memref.alloc() : memref<32xf32>
  call @f(%x, %a) : (memref<16xf32>, memref<16xf32>) -> ()
  %lo = memref.subview %ab[0] [16] [1] : memref<32xf32> to memref<16xf32, strided<[1]>>
  memref.copy %a, %lo : memref<16xf32> to memref<16xf32, strided<[1]>>
  %hi = memref.subview %ab[16] [16] [1] : memref<32xf32> to memref<16xf32, strided<[1], offset: 16>>
  memref.copy %a, %hi : memref<16xf32> to memref<16xf32, strided<[1], offset: 16>>
  %r = memref.reinterpret_cast %ab to offset: [0], sizes: [16], strides: [1] : memref<32xf32> to memref<16xf32>
  call @f(%r, %out) : (memref<16xf32>, memref<16xf32>) -> ()
  return
}

// -----

func.func private @f(memref<?x16xf32>, memref<?x16xf32>)

// A buffer that grows with the batch lies behind the fixed ones.
// CHECK-LABEL: func.func @dynamic
// CHECK-SAME: winnow.arena_bytes = 64 : i64, winnow.arena_bytes_per_batch = 64 : i64
// CHECK: %[[N:.*]] = memref.dim %arg0
// CHECK: memref.view %{{.*}}[%{{.*}}][%{{.*}}] : memref<?xi8> to memref<?x16xf32>
func.func @dynamic(%x: memref<?x16xf32>, %out: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x16xf32>
  %a = memref.alloc(%n) : memref<?x16xf32>
  %s = memref.alloc() : memref<1xf32>
  %zero = arith.constant 0.0 : f32
  memref.store %zero, %s[%c0] : memref<1xf32>
  call @f(%x, %a) : (memref<?x16xf32>, memref<?x16xf32>) -> ()
  call @f(%a, %out) : (memref<?x16xf32>, memref<?x16xf32>) -> ()
  return
}
