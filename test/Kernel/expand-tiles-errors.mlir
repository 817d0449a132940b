// RUN: winnow-opt %s --winnow-expand-tiles --split-input-file --verify-diagnostics

func.func private @zero(%x: memref<256xi32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  // expected-error@+1 {{has no expansion of tiles: expected amx.tile_load, tile_store, tile_muli of bytes without a sign by bytes with one, tile_mulf of bf16, or scf.for}}
  %a = amx.tile_zero : !amx.tile<16x16xi32>
  amx.tile_store %x[%c0], %a, %c16 : memref<256xi32>, !amx.tile<16x16xi32>
  return
}

// -----

func.func private @signed(%x: memref<1024xi8>, %y: memref<256xi32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %a = amx.tile_load %x[%c0], %c64 : memref<1024xi8> into !amx.tile<16x64xi8>
  %s = amx.tile_load %y[%c0], %c16 : memref<256xi32> into !amx.tile<16x16xi32>
  // expected-error@+1 {{expected bytes without a sign by bytes with one}}
  %r = amx.tile_muli %a, %a, %s : !amx.tile<16x64xi8>, !amx.tile<16x64xi8>, !amx.tile<16x16xi32>
  amx.tile_store %y[%c0], %r, %c16 : memref<256xi32>, !amx.tile<16x16xi32>
  return
}

// -----

func.func private @two_dimensions(%x: memref<16x64xi8>, %y: memref<1024xi8>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  // expected-error@+1 {{expected a flat buffer with a stride}}
  %a = amx.tile_load %x[%c0, %c0] : memref<16x64xi8> into !amx.tile<16x64xi8>
  amx.tile_store %y[%c0], %a, %c64 : memref<1024xi8>, !amx.tile<16x64xi8>
  return
}
