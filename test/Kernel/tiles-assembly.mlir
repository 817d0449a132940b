// Tiles of AMX: each kernel configures them once, the loop over the reduction has four loads for four products, and what is
// stored are the four sums behind it. Nothing is spilled.
//
// RUN: winnowc %s --target=x86_64-linux-gnu --mcpu=sapphirerapids --measured-speed=false -o %t.s
// RUN: FileCheck %s --input-file=%t.s
// RUN: grep -c ldtilecfg %t.s | FileCheck %s --check-prefix=CONFIGURED
// RUN: grep -c tilestored %t.s | FileCheck %s --check-prefix=STORED
// RUN: sed -n '/tdpbusd/,/\tj/p' %t.s | FileCheck %s --check-prefix=LOOP
//
// CHECK: kernel_tiles_64to64_14x14_to_14x14_k3x3
// CHECK: ldtilecfg
// CHECK: tileloadd
// CHECK: tilerelease
//
// CONFIGURED: {{^}}1{{$}}
// STORED: {{^}}4{{$}}
//
// LOOP-COUNT-4: tdpbusd
// LOOP-NOT: tdpbusd
// LOOP-NOT: tilestored
// LOOP: j
//
// The processor must have AMX, the system must allow it.
// RUN: winnowc %s --target=x86_64-linux-gnu --mcpu=sapphirerapids --measured-speed=false -o %t.ll
// RUN: FileCheck %s --check-prefix=DESCRIPTOR --input-file=%t.ll
// RUN: winnowc %s --target=x86_64-linux-gnu --mcpu=sapphirerapids --measured-speed=false --algorithm=direct -o %t.ll
// RUN: FileCheck %s --check-prefix=WITHOUT --input-file=%t.ll
// DESCRIPTOR: declare x86_amx @llvm.x86.tdpbusd.internal
// WITHOUT-NOT: x86_amx

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
