// RUN: winnow-opt %s -split-input-file --winnow-partition-kernels="threads=4" | FileCheck %s
// RUN: winnow-opt %s -split-input-file --winnow-partition-kernels | FileCheck %s --check-prefix=ONE
// RUN: winnow-opt %s -split-input-file --winnow-partition-kernels="threads=4 fork-join-cycles=0" | FileCheck %s --check-prefix=ALL

// One thread: the marks go, nothing else happens.
// ONE-NOT: winnow.axis
// ONE-NOT: winnow.threads
// ONE-NOT: scf.parallel

// A kernel gets the first and the end of its rows; the border row is guarded and keeps its constant.
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[THREADS:[a-z0-9]+]]: index {winnow.threads}
// CHECK-SAME: winnow.max_threads = 4
// CHECK: %[[PARTS:.*]] = arith.minui %[[THREADS]], %c4
// CHECK: scf.parallel (%[[PART:.*]]) = (%{{.*}}) to (%[[PARTS]])
// CHECK: %[[FIRST:.*]] = arith.muli %[[PART]], %c57
// CHECK: %[[BEGIN:.*]] = arith.divui %[[FIRST]], %[[PARTS]]
// CHECK: func.call @rows(%{{.*}}, %{{.*}}, %[[BEGIN]], %{{.*}})
// CHECK: func.func private @rows(%{{.*}}: memref<57x512xf32>, %{{.*}}: memref<57x512xf32>, %[[B:.*]]: index, %[[E:.*]]: index)
// CHECK: %[[LOWER:.*]] = arith.cmpi sle, %[[B]], %c0
// CHECK: scf.if
// CHECK: memref.store %{{.*}}, %{{.*}}[%c0{{.*}}, %{{.*}}]
// CHECK: %[[FROM:.*]] = arith.maxsi %[[B]], %c1
// CHECK: %[[TO:.*]] = arith.minsi %[[E]], %c57
// CHECK: scf.for %{{.*}} = %[[FROM]] to %[[TO]]
func.func @main(%x: memref<57x512xf32>, %y: memref<57x512xf32>) {
  func.call @rows(%x, %y) : (memref<57x512xf32>, memref<57x512xf32>) -> ()
  return
}
func.func private @rows(%x: memref<57x512xf32>, %y: memref<57x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c57 = arith.constant 57 : index
  %c512 = arith.constant 512 : index
  scf.for %i = %c0 to %c1 step %c1 {
    scf.for %j = %c0 to %c512 step %c1 {
      %v = memref.load %x[%i, %j] : memref<57x512xf32>
      memref.store %v, %y[%i, %j] : memref<57x512xf32>
    }
  } {winnow.axis = "rows", winnow.axis_extent = 57 : i64}
  scf.for %i = %c1 to %c57 step %c1 {
    scf.for %j = %c0 to %c512 step %c1 {
      %v = memref.load %x[%i, %j] : memref<57x512xf32>
      memref.store %v, %y[%i, %j] : memref<57x512xf32>
    }
  } {winnow.axis = "rows", winnow.axis_extent = 57 : i64}
  return
}

// -----

// Work too small to gain stays on one thread, unless forks cost nothing.
// CHECK-LABEL: func.func @main(%{{.*}}: memref<64xf32>, %{{.*}}: memref<64xf32>) {
// CHECK-NOT: scf.parallel
// ALL-LABEL: func.func @main(%{{.*}}: memref<64xf32>, %{{.*}}: memref<64xf32>, %{{.*}}: index
// ALL: scf.parallel
func.func @main(%x: memref<64xf32>, %y: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  scf.for %i = %c0 to %c64 step %c16 {
    %v = vector.load %x[%i] : memref<64xf32>, vector<16xf32>
    vector.store %v, %y[%i] : memref<64xf32>, vector<16xf32>
  } {winnow.axis = "elements", winnow.axis_extent = 64 : i64}
  return
}

// -----

// A kernel that writes outside of the loops of an axis is not divided along it.
// CHECK-LABEL: func.func @main(%{{.*}}: memref<64xf32>) {
// ALL-LABEL: func.func @main(%{{.*}}: memref<64xf32>) {
// ALL-NOT: scf.parallel
// ALL: func.func private @prologue(%{{.*}}: memref<64xf32>) {
func.func @main(%y: memref<64xf32>) {
  func.call @prologue(%y) : (memref<64xf32>) -> ()
  return
}
func.func private @prologue(%y: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  memref.store %zero, %y[%c0] : memref<64xf32>
  scf.for %i = %c1 to %c64 step %c1 {
    memref.store %zero, %y[%i] : memref<64xf32>
  } {winnow.axis = "rows", winnow.axis_extent = 64 : i64}
  return
}

// -----

// Of two axes that cut equally, the one that reads less twice: the filter is large, so channels. Loops with a step are
// cut at multiples of it; scratch on the kernel's own stack does not count as a write.
// CHECK-LABEL: func.func private @tile
// CHECK-SAME: %[[B:[a-z0-9]+]]: index, %[[E:[a-z0-9]+]]: index)
// CHECK: memref.alloca
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c16
// CHECK: %[[START:.*]] = arith.maxsi %[[B]], %c0
// CHECK: arith.divui
// CHECK: arith.muli
// CHECK: %[[STOP:.*]] = arith.minsi %[[E]], %c512
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[STOP]] step %c32
func.func @main(%x: memref<16xf32>, %w: memref<512x4096xf32>, %y: memref<16x512xf32>) {
  func.call @tile(%x, %w, %y) : (memref<16xf32>, memref<512x4096xf32>, memref<16x512xf32>) -> ()
  return
}
func.func private @tile(%x: memref<16xf32>, %w: memref<512x4096xf32>, %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %c512 = arith.constant 512 : index
  %c4096 = arith.constant 4096 : index
  %scratch = memref.alloca() : memref<1xf32>
  scf.for %row = %c0 to %c16 step %c1 {
    %a = memref.load %x[%row] : memref<16xf32>
    memref.store %a, %scratch[%c0] : memref<1xf32>
    scf.for %channel = %c0 to %c512 step %c32 {
      %sum = scf.for %k = %c0 to %c4096 step %c1 iter_args(%s = %a) -> (f32) {
        %f = memref.load %w[%channel, %k] : memref<512x4096xf32>
        %t = arith.addf %s, %f : f32
        scf.yield %t : f32
      }
      memref.store %sum, %y[%row, %channel] : memref<16x512xf32>
    } {winnow.axis = "channels", winnow.axis_extent = 512 : i64}
  } {winnow.axis = "rows", winnow.axis_extent = 16 : i64}
  return
}

// -----

// A loop that carries a value runs in order; so does a kernel that is called from elsewhere too.
// ALL-LABEL: func.func @main(%{{.*}}: memref<64xf32>) {
// ALL-NOT: scf.parallel
func.func @main(%x: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %last = scf.for %i = %c0 to %c64 step %c1 iter_args(%s = %zero) -> f32 {
    memref.store %s, %x[%i] : memref<64xf32>
    scf.yield %s : f32
  } {winnow.axis = "elements", winnow.axis_extent = 64 : i64}
  func.call @shared(%x) : (memref<64xf32>) -> ()
  func.call @caller(%x) : (memref<64xf32>) -> ()
  return
}
func.func private @caller(%x: memref<64xf32>) {
  func.call @shared(%x) : (memref<64xf32>) -> ()
  return
}
func.func private @shared(%x: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  scf.for %i = %c0 to %c64 step %c1 {
    memref.store %zero, %x[%i] : memref<64xf32>
  } {winnow.axis = "elements", winnow.axis_extent = 64 : i64}
  return
}
