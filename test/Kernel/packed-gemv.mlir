// A product whose weights stay integers: words of neighbouring input channels, looked up or converted in registers.
//
// RUN: winnow-opt %s --split-input-file --winnow-lower-to-kernels | FileCheck %s
// RUN: winnow-opt %s --split-input-file --winnow-select-algorithms --winnow-assign-layouts --winnow-lower-to-kernels | FileCheck %s

module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64}} {
// 64 channels of 4 bits are 8 words, 20 outputs 2 blocks of 16; no buffer of real weights is left.
// CHECK-DAG: memref.global {{.*}} : memref<256xi32>
// CHECK-DAG: memref.global {{.*}} : memref<64xf32>
// CHECK-LABEL: func.func {{.*}}@main
// CHECK-NOT: memref<20x64
// CHECK: call @kernel_packed_gemv_w4_20x64_g32_b16
// CHECK-LABEL: func.func private @kernel_packed_gemv_w4
// The scales of two groups, four words each; of a word eight weights, the first without a shift.
// CHECK: scf.for
// CHECK: scf.for {{.*}} = %c0{{.*}} to %c4
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512.permvar.sf.512"
// CHECK: arith.shrui
// CHECK-NOT: sitofp
func.func @main(%x: tensor<1x64x1x1xf32>) -> tensor<1x20x1x1xf32> {
  %w = arith.constant dense<-8> : tensor<20x64x1x1xi8>
  %s = arith.constant dense<0.5> : tensor<20x2x1x1xf32>
  %f = cnn.dequantize_linear %w, %s axis 1 block_size 32 : (tensor<20x64x1x1xi8>, tensor<20x2x1x1xf32>) -> tensor<20x64x1x1xf32>
  %y = cnn.convolution %x, %f strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
    : (tensor<1x64x1x1xf32>, tensor<20x64x1x1xf32>) -> tensor<1x20x1x1xf32>
  return %y : tensor<1x20x1x1xf32>
}
}

// -----

module attributes {winnow.target = {vector_bits = 256 : i64, vector_registers = 16 : i64}} {
// Without the table weights are shifted to their sign and converted. 3 bits: 10 in a word, the last has 2 of 32.
// CHECK-LABEL: func.func private @kernel_packed_gemv_w3_8x32_g32_b8
// CHECK: scf.for {{.*}} to %c3
// CHECK: arith.shli
// CHECK: arith.shrsi
// CHECK: arith.sitofp
// CHECK-NOT: permvar
func.func @main(%x: tensor<1x32x1x1xf32>) -> tensor<1x8x1x1xf32> {
  %w = arith.constant dense<133> : tensor<8x32x1x1xui8>
  %s = arith.constant dense<0.5> : tensor<8xf32>
  %z = arith.constant dense<130> : tensor<8xui8>
  %f = cnn.dequantize_linear %w, %s zero_point %z axis 0 : (tensor<8x32x1x1xui8>, tensor<8xf32>, tensor<8xui8>) -> tensor<8x32x1x1xf32>
  %y = cnn.convolution %x, %f strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
    : (tensor<1x32x1x1xf32>, tensor<8x32x1x1xf32>) -> tensor<1x8x1x1xf32>
  return %y : tensor<1x8x1x1xf32>
}
}

// -----

module {
// Zero points that differ: the weights are computed.
// CHECK-NOT: packed_gemv
func.func @main(%x: tensor<1x32x1x1xf32>) -> tensor<1x2x1x1xf32> {
  %w = arith.constant dense<3> : tensor<2x32x1x1xi8>
  %s = arith.constant dense<0.5> : tensor<2xf32>
  %z = arith.constant dense<[1, 2]> : tensor<2xi8>
  %f = cnn.dequantize_linear %w, %s zero_point %z axis 0 : (tensor<2x32x1x1xi8>, tensor<2xf32>, tensor<2xi8>) -> tensor<2x32x1x1xf32>
  %y = cnn.convolution %x, %f strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
    : (tensor<1x32x1x1xf32>, tensor<2x32x1x1xf32>) -> tensor<1x2x1x1xf32>
  return %y : tensor<1x2x1x1xf32>
}
}
