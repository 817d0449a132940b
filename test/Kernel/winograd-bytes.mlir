// RUN: winnow-opt %s --winnow-lower-to-kernels --split-input-file | FileCheck %s

// F(4, 3) of bytes: 36 points of i16, whose products are summed up in i32. The zero point of the input leaves it in the
// input transform, so that there is one bias; 576 times the sum becomes the sum by the inverse of 9 and a shift by 6.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, dot = "vnni"}} {
  // 36 points of 16 by 16 channels.
  // CHECK-DAG: memref.global "private" constant @{{.*}} : memref<9216xi16>
  // CHECK-DAG: memref.global "private" constant @{{.*}} : memref<16xi32>
  // CHECK-LABEL: func.func @main
  // CHECK-DAG: memref.alloc() {{.*}} : memref<{{[0-9]+}}xi16>
  // CHECK-DAG: memref.alloc() {{.*}} : memref<{{[0-9]+}}xi32>
  // CHECK: call @[[IN:kernel_winograd_input_16_[a-z0-9_]+_i8_m4_[a-z0-9_]+_iz7]](
  // CHECK: call @[[PRODUCT:kernel_batched_product_16to16_b16_n36_[a-z0-9_]+_pairs]](
  // CHECK: call @[[OUT:kernel_winograd_output_16to16_[a-z0-9_]+_u8_z0_[a-z0-9_]+]](

  // Two pixels a vector, then two tiles.
  // CHECK: func.func private @[[IN]](
  // CHECK: arith.extui {{.*}} : vector<32xi8> to vector<32xi16>
  // CHECK-NEXT: %[[ZERO:.*]] = arith.constant dense<7> : vector<32xi16>
  // CHECK-NEXT: arith.subi {{.*}}, %[[ZERO]] : vector<32xi16>
  // CHECK: vector.shuffle {{.*}} : vector<16xi16>, vector<16xi16>
  // CHECK: arith.shli {{.*}} : vector<32xi16>
  // CHECK: func.func private @[[PRODUCT]](
  // CHECK: vector.load {{.*}} : memref<9216xi16>, vector<32xi16>
  // CHECK: vector.load {{.*}}, vector<2xi16>
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpwssd.512"
  // CHECK: func.func private @[[OUT]](
  // CHECK: %[[INVERSE:.*]] = arith.constant dense<954437177> : vector<16xi32>
  // CHECK-NEXT: arith.muli {{.*}}, %[[INVERSE]]
  // CHECK-NEXT: %[[SIX:.*]] = arith.constant dense<6> : vector<16xi32>
  // CHECK-NEXT: arith.shrsi {{.*}}, %[[SIX]]
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.packuswb.512"
  func.func @main(%x: tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5:7>, #cnn.layout<block = 16>>)
      -> tensor<1x16x8x8x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<16x16x3x3xi8>
    %w = quant.scast %0 : tensor<16x16x3x3xi8> to tensor<16x16x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
           algorithm <winograd, pixels = 4, channels = 16, outputs = 4>
       : (tensor<1x16x8x8x!quant.uniform<u8:f32, 0.5:7>, #cnn.layout<block = 16>>,
          tensor<16x16x3x3x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x16x8x8x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 16>>
    return %y : tensor<1x16x8x8x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 16>>
  }
}

// -----

// The same by two instructions of AVX2; F(2, 3) divides by 4.
module attributes {winnow.target = {vector_bits = 256 : i64, vector_registers = 16 : i64, dot = "madd"}} {
  // CHECK-LABEL: func.func private @kernel_batched_product_8to8_b8_n16_{{.*}}_pairs
  // CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
  // CHECK-NEXT: arith.addi
  // CHECK-LABEL: func.func private @kernel_winograd_output_
  // CHECK-NOT: arith.muli {{.*}} : vector<8xi32>
  // CHECK: arith.shrsi {{.*}} : vector<8xi32>
  func.func @madd(%x: tensor<1x8x4x4x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>)
      -> tensor<1x8x4x4xf32, #cnn.layout<block = 8>> {
    %0 = arith.constant dense<3> : tensor<8x8x3x3xi8>
    %w = quant.scast %0 : tensor<8x8x3x3xi8> to tensor<8x8x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
           algorithm <winograd, pixels = 4, channels = 8, outputs = 2>
       : (tensor<1x8x4x4x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>,
          tensor<8x8x3x3x!quant.uniform<i8:f32, 0.25>>) -> tensor<1x8x4x4xf32, #cnn.layout<block = 8>>
    return %y : tensor<1x8x4x4xf32, #cnn.layout<block = 8>>
  }
}

// -----

// Where the target has nothing of the kind: even and odd channels are extended and multiplied.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, dot = "none"}} {
  // CHECK-LABEL: func.func private @kernel_batched_product_4to4_b4_n36_{{.*}}_pairs
  // CHECK-NOT: llvm.x86
  // CHECK-COUNT-2: arith.muli {{.*}} : vector<4xi32>
  // CHECK-NOT: llvm.x86
  // CHECK: return
  func.func @generic(%x: tensor<1x4x4x4x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 4>>)
      -> tensor<1x4x4x4xf32, #cnn.layout<block = 4>> {
    %0 = arith.constant dense<3> : tensor<4x4x3x3xi8>
    %w = quant.scast %0 : tensor<4x4x3x3xi8> to tensor<4x4x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
           algorithm <winograd, pixels = 1, channels = 4, outputs = 4>
       : (tensor<1x4x4x4x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 4>>,
          tensor<4x4x3x3x!quant.uniform<i8:f32, 0.25>>) -> tensor<1x4x4x4xf32, #cnn.layout<block = 4>>
    return %y : tensor<1x4x4x4xf32, #cnn.layout<block = 4>>
  }
}
