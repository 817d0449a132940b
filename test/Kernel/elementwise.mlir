// RUN: winnow-opt %s --winnow-lower-to-kernels --winnow-verify-kernels | FileCheck %s
module attributes {winnow.target = {vector_bits = 256 : i64}} {

// Results are out-parameters, names stay, two flat operands give one loop.
// CHECK-LABEL: func.func @flat
// CHECK-SAME: memref<2x3x4x8xf32> {winnow.name = "x"}
// CHECK-SAME: memref<2x3x4x8xf32> {winnow.name = "y"}
// CHECK-SAME: winnow.inputs = 2 : i64, winnow.outputs = 1 : i64
// CHECK: memref.alloc() {alignment = 64 : i64} : memref<2x3x4x8xf32>
// CHECK: scf.for
// CHECK: vector.load {{.*}} : memref<192xf32>, vector<8xf32>
// CHECK: arith.addf {{.*}} : vector<8xf32>
// CHECK: winnow.in_place
// CHECK: memref.copy
func.func @flat(%x: tensor<2x3x4x8xf32> {winnow.name = "x"}, %b: tensor<2x3x4x8xf32>)
    -> (tensor<2x3x4x8xf32> {winnow.name = "y"}) {
  %0 = cnn.add %x, %b : (tensor<2x3x4x8xf32>, tensor<2x3x4x8xf32>) -> tensor<2x3x4x8xf32>
  return %0 : tensor<2x3x4x8xf32>
}

// A value per channel is loaded outside of the loop over pixels.
// CHECK-LABEL: func.func @per_channel
// CHECK: scf.for
// CHECK: scf.for
// CHECK: memref.load {{.*}} : memref<3x1xf32>
// CHECK: vector.broadcast
// CHECK: arith.mulf {{.*}} : vector<8xf32>
func.func @per_channel(%x: tensor<2x3x5x8xf32>, %s: tensor<3x1x1xf32>) -> tensor<2x3x5x8xf32> {
  %0 = cnn.mul %x, %s : (tensor<2x3x5x8xf32>, tensor<3x1x1xf32>) -> tensor<2x3x5x8xf32>
  return %0 : tensor<2x3x5x8xf32>
}

// The batch stays dynamic.
// CHECK-LABEL: func.func @dynamic_batch
// CHECK: memref.dim
// CHECK: memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?x8xf32>
func.func @dynamic_batch(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = cnn.relu %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// Unsigned elements are compared as such.
// CHECK-LABEL: func.func @unsigned
// CHECK: arith.maxui {{.*}} : vector<32xi8>
func.func @unsigned(%x: tensor<64xui8>, %y: tensor<64xui8>) -> tensor<64xui8> {
  %0 = cnn.max %x, %y : (tensor<64xui8>, tensor<64xui8>) -> tensor<64xui8>
  return %0 : tensor<64xui8>
}

// Blocked operands are buffers of five dimensions; padding channels are cleared.
// CHECK-LABEL: func.func @blocked
// CHECK: memref.alloc() {alignment = 64 : i64} : memref<1x2x4x4x8xf32>
func.func @blocked(%x: tensor<1x12x4x4xf32>) -> tensor<1x12x4x4xf32> {
  %0 = cnn.convert_layout %x : (tensor<1x12x4x4xf32>) -> tensor<1x12x4x4xf32, #cnn.layout<block = 8>>
  %1 = cnn.exp %0 : (tensor<1x12x4x4xf32, #cnn.layout<block = 8>>) -> tensor<1x12x4x4xf32, #cnn.layout<block = 8>>
  %2 = cnn.convert_layout %1 : (tensor<1x12x4x4xf32, #cnn.layout<block = 8>>) -> tensor<1x12x4x4xf32>
  return %2 : tensor<1x12x4x4xf32>
}

// Ops in a row of one type are one loop; constants of one value a channel lie in blocks already.
// CHECK-LABEL: func.func @chain
// CHECK-COUNT-1: memref.alloc
// CHECK-NOT: memref.alloc
// CHECK: scf.for
// CHECK: arith.mulf {{.*}} : vector<8xf32>
// CHECK-NEXT: arith.addf {{.*}} : vector<8xf32>
// CHECK: arith.select {{.*}} : vector<8xi1>, vector<8xf32>
// CHECK-NOT: scf.for
// CHECK: memref.copy
func.func @chain(%x: tensor<1x8x4x4xf32, #cnn.layout<block = 8>>) -> tensor<1x8x4x4xf32, #cnn.layout<block = 8>> {
  %s = arith.constant dense<2.0> : tensor<1x8x1x1xf32>
  %t = cnn.convert_layout %s : (tensor<1x8x1x1xf32>) -> tensor<1x8x1x1xf32, #cnn.layout<block = 8>>
  %0 = cnn.mul %x, %t : (tensor<1x8x4x4xf32, #cnn.layout<block = 8>>, tensor<1x8x1x1xf32, #cnn.layout<block = 8>>)
    -> tensor<1x8x4x4xf32, #cnn.layout<block = 8>>
  %1 = cnn.add %0, %t : (tensor<1x8x4x4xf32, #cnn.layout<block = 8>>, tensor<1x8x1x1xf32, #cnn.layout<block = 8>>)
    -> tensor<1x8x4x4xf32, #cnn.layout<block = 8>>
  %2 = cnn.relu %1 : (tensor<1x8x4x4xf32, #cnn.layout<block = 8>>) -> tensor<1x8x4x4xf32, #cnn.layout<block = 8>>
  return %2 : tensor<1x8x4x4xf32, #cnn.layout<block = 8>>
}
// Where two rows meet, one of them ends before.
// CHECK-LABEL: func.func @meeting_chains
// CHECK: scf.for
// CHECK: arith.mulf {{.*}} : vector<8xf32>
// CHECK: scf.for
// CHECK: math.ceil {{.*}} : vector<8xf32>
// CHECK: arith.subf {{.*}} : vector<8xf32>
func.func @meeting_chains(%x: tensor<64xf32>, %y: tensor<64xf32>) -> tensor<64xf32> {
  %0 = cnn.ceil %x : (tensor<64xf32>) -> tensor<64xf32>
  %1 = cnn.mul %x, %y : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %2 = cnn.sub %0, %1 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %2 : tensor<64xf32>
}
}
