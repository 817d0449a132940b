// Without a matrix unit, tiles are buffers on the stack and products are those of the target's vectors.
//
// RUN: winnow-opt %s --winnow-expand-tiles | FileCheck %s
// RUN: sed 's/_tiles = false/_tiles = true/g' %s | winnow-opt --winnow-expand-tiles | FileCheck %s --check-prefix=KEPT
// RUN: sed 's/_tiles = false/_tiles = true/g' %s | winnow-opt --winnow-expand-tiles=force=true | FileCheck %s
//
// With a unit, nothing changes.
// KEPT: amx.tile_load
// KEPT: amx.tile_muli
// KEPT: amx.tile_store

module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, dot = "vnni", int8_tiles = false,
                                    bf16_tiles = false}} {
  // CHECK-LABEL: func.func private @products
  // CHECK-NOT: amx
  // CHECK-DAG: %[[CARRIED:.*]] = memref.alloca() {alignment = 64 : i64} : memref<224xi32>
  // CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<896xi8>
  // CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<1024xi8>
  //
  // The bias fills all rows: a stride of zero.
  // CHECK: scf.for
  // CHECK: vector.load %{{.*}} : memref<16xi32>, vector<16xi32>
  //
  // The loop carries the index and no tile.
  // CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (index)
  // CHECK: "llvm.x86.avx512.vpdpbusd.512"
  // CHECK: scf.yield %{{.*}} : index
  //
  // CHECK: vector.store %{{.*}}, %{{.*}} : memref<512xi32>, vector<16xi32>
  func.func private @products(%x: memref<8192xi8>, %w: memref<4096xi8>, %bias: memref<16xi32>,
                              %sums: memref<512xi32>) -> index {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c1024 = arith.constant 1024 : index
    %start = amx.tile_load %bias[%c0], %c0 : memref<16xi32> into !amx.tile<14x16xi32>
    %sum, %end = scf.for %k = %c0 to %c4 step %c1 iter_args(%carried = %start, %at = %c0) -> (!amx.tile<14x16xi32>, index) {
      %a = amx.tile_load %x[%at], %c64 : memref<8192xi8> into !amx.tile<14x64xi8>
      %b = amx.tile_load %w[%at], %c64 : memref<4096xi8> into !amx.tile<16x64xi8>
      %next = amx.tile_muli %a zext, %b, %carried : !amx.tile<14x64xi8>, !amx.tile<16x64xi8>, !amx.tile<14x16xi32>
      %after = arith.addi %at, %c1024 : index
      scf.yield %next, %after : !amx.tile<14x16xi32>, index
    }
    amx.tile_store %sums[%c0], %sum, %c32 : memref<512xi32>, !amx.tile<14x16xi32>
    return %end : index
  }

  // Tiles that a loop exchanges are all read before one of them is written.
  // CHECK-LABEL: func.func private @exchange
  // CHECK-COUNT-5: scf.for
  // CHECK-COUNT-32: vector.load
  // CHECK-NOT: vector.load
  // CHECK-COUNT-32: vector.store
  // CHECK: }
  func.func private @exchange(%x: memref<512xi32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    %c16 = arith.constant 16 : index
    %c256 = arith.constant 256 : index
    %a = amx.tile_load %x[%c0], %c16 : memref<512xi32> into !amx.tile<16x16xi32>
    %b = amx.tile_load %x[%c256], %c16 : memref<512xi32> into !amx.tile<16x16xi32>
    %r:2 = scf.for %k = %c0 to %c3 step %c1 iter_args(%p = %a, %q = %b) -> (!amx.tile<16x16xi32>, !amx.tile<16x16xi32>) {
      scf.yield %q, %p : !amx.tile<16x16xi32>, !amx.tile<16x16xi32>
    }
    amx.tile_store %x[%c0], %r#0, %c16 : memref<512xi32>, !amx.tile<16x16xi32>
    amx.tile_store %x[%c256], %r#1, %c16 : memref<512xi32>, !amx.tile<16x16xi32>
    return
  }

  // Pairs of bf16 are the halves of words.
  // CHECK-LABEL: func.func private @halves
  // CHECK: arith.shli
  // CHECK: vector.fma
  // CHECK: arith.andi
  // CHECK: vector.fma
  func.func private @halves(%x: memref<512xbf16>, %w: memref<512xbf16>, %sums: memref<256xf32>) {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %c32 = arith.constant 32 : index
    %a = amx.tile_load %x[%c0], %c32 : memref<512xbf16> into !amx.tile<16x32xbf16>
    %b = amx.tile_load %w[%c0], %c32 : memref<512xbf16> into !amx.tile<16x32xbf16>
    %s = amx.tile_load %sums[%c0], %c16 : memref<256xf32> into !amx.tile<16x16xf32>
    %r = amx.tile_mulf %a, %b, %s : !amx.tile<16x32xbf16>, !amx.tile<16x32xbf16>, !amx.tile<16x16xf32>
    amx.tile_store %sums[%c0], %r, %c16 : memref<256xf32>, !amx.tile<16x16xf32>
    return
  }
}
