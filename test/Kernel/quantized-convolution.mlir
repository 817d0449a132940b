// RUN: winnow-opt %s --winnow-lower-to-kernels --split-input-file | FileCheck %s

// Four bytes of a pixel meet the bytes of four input channels: two pixels by one vector of 16 output channels are two
// accumulators, which start with the bias. Two pixels are packed and stored as one vector of bytes.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, dot = "vnni"}} {
  // CHECK-LABEL: func.func private @kernel_conv_16to16_{{.*}}_u8_z0
  // CHECK: %[[BIAS:.*]] = vector.load {{.*}} : memref<16xi32>, vector<16xi32>
  // CHECK: scf.for {{.*}} iter_args({{.*}} = %[[BIAS]], {{.*}} = %[[BIAS]])
  // CHECK: vector.load {{.*}} vector<64xi8>
  // CHECK: vector.load {{.*}} vector<4xi8>
  // CHECK: vector.broadcast {{.*}} : i32 to vector<16xi32>
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
  // CHECK-NOT: vpdpbusd
  // CHECK: arith.sitofp
  // CHECK: arith.mulf
  // CHECK: llvm.intr.lrint
  // CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512.packssdw.512"
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.packuswb.512"
  // CHECK-NOT: arith.maxui
  // CHECK: vector.store {{.*}} vector<32xi8>
  func.func @vnni(%x: tensor<1x16x2x2x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x16x2x2x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<127> : tensor<16x16x1x1xi8>
    %w = quant.scast %0 : tensor<16x16x1x1xi8> to tensor<16x16x1x1x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] activation <relu>
           algorithm <pointwise, pixels = 2, channels = 16>
       : (tensor<1x16x2x2x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
          tensor<16x16x1x1x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x16x2x2x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 16>>
    return %y : tensor<1x16x2x2x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 16>>
  }
}

// -----

// Of weights so large, two products may leave i16: they are added in i32. The zero point of the result is added after
// rounding, and clipping at 1.5 is the integer 4 + 3.
module attributes {winnow.target = {vector_bits = 256 : i64, vector_registers = 16 : i64, dot = "madd"}} {
  // CHECK-LABEL: func.func private @kernel_conv_8to8_{{.*}}_u8_z4_in4to7
  // CHECK-NOT: pmadd.ub.sw
  // CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
  // CHECK: llvm.intr.sadd.sat
  // CHECK: arith.maxui
  // CHECK: arith.minui
  func.func @pairs_in_words(%x: tensor<1x8x1x1x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>)
      -> tensor<1x8x1x1x!quant.uniform<u8:f32, 0.5:4>, #cnn.layout<block = 8>> {
    %0 = arith.constant dense<127> : tensor<8x8x1x1xi8>
    %w = quant.scast %0 : tensor<8x8x1x1xi8> to tensor<8x8x1x1x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] activation <clip(0.0, 1.5)>
           algorithm <direct, pixels = 1, channels = 8>
       : (tensor<1x8x1x1x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>,
          tensor<8x8x1x1x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x8x1x1x!quant.uniform<u8:f32, 0.5:4>, #cnn.layout<block = 8>>
    return %y : tensor<1x8x1x1x!quant.uniform<u8:f32, 0.5:4>, #cnn.layout<block = 8>>
  }
}

// -----

// Of weights of up to 64, no two products do.
module attributes {winnow.target = {vector_bits = 256 : i64, vector_registers = 16 : i64, dot = "madd"}} {
  // CHECK-LABEL: func.func private @kernel_conv_8to8_{{.*}}_pairs
  // CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
  // CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
  func.func @pairs_in_shorts(%x: tensor<1x8x1x1x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>)
      -> tensor<1x8x1x1xf32, #cnn.layout<block = 8>> {
    %0 = arith.constant dense<64> : tensor<8x8x1x1xi8>
    %w = quant.scast %0 : tensor<8x8x1x1xi8> to tensor<8x8x1x1x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
           algorithm <direct, pixels = 1, channels = 8>
       : (tensor<1x8x1x1x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 8>>,
          tensor<8x8x1x1x!quant.uniform<i8:f32, 0.25>>) -> tensor<1x8x1x1xf32, #cnn.layout<block = 8>>
    return %y : tensor<1x8x1x1xf32, #cnn.layout<block = 8>>
  }
}

// -----

// Where the target has nothing of the kind, arithmetic of every target.
module attributes {winnow.target = {vector_bits = 128 : i64, vector_registers = 32 : i64, dot = "none"}} {
  // CHECK-LABEL: func.func private @kernel_conv_4to4_
  // CHECK-NOT: llvm.x86
  // CHECK-COUNT-4: arith.muli {{.*}} : vector<4xi32>
  // CHECK-NOT: llvm.x86
  // CHECK: arith.trunci {{.*}} : vector<4xi32> to vector<4xi8>
  func.func @generic(%x: tensor<1x4x1x1x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 4>>)
      -> tensor<1x4x1x1x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 4>> {
    %0 = arith.constant dense<64> : tensor<4x4x1x1xi8>
    %w = quant.scast %0 : tensor<4x4x1x1xi8> to tensor<4x4x1x1x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
           algorithm <direct, pixels = 1, channels = 4>
       : (tensor<1x4x1x1x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 4>>,
          tensor<4x4x1x1x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x4x1x1x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 4>>
    return %y : tensor<1x4x1x1x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 4>>
  }
}

// -----

// A zero point that padding does not have: windows that miss taps start with a bias of their own, nine of them here.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, dot = "vnni"}} {
  // CHECK-LABEL: func.func private @kernel_conv_4to16_{{.*}}_borders
  // CHECK-SAME: memref<144xi32>
  func.func @borders(%x: tensor<1x4x6x6x!quant.uniform<u8:f32, 0.5:7>, #cnn.layout<block = 4>>)
      -> tensor<1x16x6x6x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<16x4x3x3xi8>
    %w = quant.scast %0 : tensor<16x4x3x3xi8> to tensor<16x4x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
           algorithm <direct, pixels = 6, channels = 16>
       : (tensor<1x4x6x6x!quant.uniform<u8:f32, 0.5:7>, #cnn.layout<block = 4>>,
          tensor<16x4x3x3x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x16x6x6x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 16>>
    return %y : tensor<1x16x6x6x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 16>>
  }
}

// -----

// Depthwise: two rows of the output share four interleaved rows of the input, 12 products each for four pixels: of the
// first group, of those in the middle (a loop that carries two groups) and of the last one.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, dot = "vnni"}} {
  // CHECK-LABEL: func.func private @kernel_depthwise_rows_16to16_
  // CHECK-COUNT-24: vpdpbusd
  // CHECK: scf.for {{.*}} -> (vector<16xi32>, vector<16xi32>, vector<16xi32>, vector<16xi32>, vector<16xi32>,
  // CHECK-COUNT-24: vpdpbusd
  // CHECK: scf.yield
  // CHECK-COUNT-24: vpdpbusd
  // CHECK-NOT: vpdpbusd
  func.func @depthwise(%x: tensor<1x16x8x16x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x16x8x16x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<16x1x3x3xi8>
    %w = quant.scast %0 : tensor<16x1x3x3xi8> to tensor<16x1x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 16
       : (tensor<1x16x8x16x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
          tensor<16x1x3x3x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x16x8x16x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 16>>
    return %y : tensor<1x16x8x16x!quant.uniform<u8:f32, 2.0>, #cnn.layout<block = 16>>
  }
}
