// The loops around products of bytes keep everything in registers: from a product to the next jump nothing is on the stack,
// and there are 28 accumulators.
//
// RUN: winnowc %s --target=x86-64-v4 --mattr=+avx512vnni --measured-speed=false -o %t.s
// RUN: sed -n '/vpdpbusd/,/\tj/p' %t.s | FileCheck %s --implicit-check-not="%%rsp"
//
// CHECK-COUNT-28: vpdpbusd
// CHECK: jb

func.func @main(%x: tensor<1x64x14x14xf32>) -> tensor<1x64x14x14xf32> {
  %0 = arith.constant dense<3> : tensor<64x64x3x3xi8>
  %w = quant.scast %0 : tensor<64x64x3x3xi8> to tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>
  %q = cnn.quantize %x : tensor<1x64x14x14xf32> to tensor<1x64x14x14x!quant.uniform<u8:f32, 0.5>>
  %y = cnn.convolution %q, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] activation <relu>
     : (tensor<1x64x14x14x!quant.uniform<u8:f32, 0.5>>, tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>)
       -> tensor<1x64x14x14x!quant.uniform<u8:f32, 2.0>>
  %r = cnn.dequantize %y : tensor<1x64x14x14x!quant.uniform<u8:f32, 2.0>> to tensor<1x64x14x14xf32>
  return %r : tensor<1x64x14x14xf32>
}
