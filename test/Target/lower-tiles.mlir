// Ops on tiles become intrinsics, and what loops carry becomes LLVM's type of tiles; their other values stay.
//
// RUN: winnow-opt %s --winnow-lower-tiles | FileCheck %s

// CHECK-LABEL: func.func private @products
// CHECK: %[[START:.*]] = llvm.call_intrinsic "llvm.x86.tileloadd64.internal"
// CHECK: scf.for {{.*}} iter_args(%[[SUM:.*]] = %[[START]], %{{.*}} = %{{.*}}) -> (!llvm.x86_amx, index)
// CHECK: %[[NEXT:.*]] = llvm.call_intrinsic "llvm.x86.tdpbusd.internal"({{.*}}, %[[SUM]], {{.*}})
// CHECK: scf.yield %[[NEXT]], %{{.*}} : !llvm.x86_amx, index
// CHECK: llvm.call_intrinsic "llvm.x86.tilestored64.internal"
func.func private @products(%x: memref<8192xi8>, %w: memref<4096xi8>, %sums: memref<512xi32>) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %start = amx.tile_load %sums[%c0], %c32 : memref<512xi32> into !amx.tile<14x16xi32>
  %sum, %end = scf.for %k = %c0 to %c4 step %c1 iter_args(%carried = %start, %at = %c0) -> (!amx.tile<14x16xi32>, index) {
    %a = amx.tile_load %x[%at], %c64 : memref<8192xi8> into !amx.tile<14x64xi8>
    %b = amx.tile_load %w[%at], %c64 : memref<4096xi8> into !amx.tile<16x64xi8>
    %next = amx.tile_muli %a zext, %b, %carried : !amx.tile<14x64xi8>, !amx.tile<16x64xi8>, !amx.tile<14x16xi32>
    %after = arith.addi %at, %c64 : index
    scf.yield %next, %after : !amx.tile<14x16xi32>, index
  }
  amx.tile_store %sums[%c0], %sum, %c32 : memref<512xi32>, !amx.tile<14x16xi32>
  return %end : index
}
