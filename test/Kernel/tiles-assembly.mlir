// Tiles of AMX: each kernel configures them once (no copy of a row is a call, which would forget it), the loop over the
// reduction has four loads for four products, and what is stored are the four sums behind it. Nothing is spilled.
//
// RUN: winnowc %s --target=x86_64-linux-gnu --mcpu=sapphirerapids --measured-speed=false -o %t.s
// RUN: FileCheck %s --input-file=%t.s
// RUN: grep -c ldtilecfg %t.s | FileCheck %s --check-prefix=CONFIGURED
// RUN: grep -c tilestored %t.s | FileCheck %s --check-prefix=STORED
// RUN: sed -n '/tdpbusd/,/\tj/p' %t.s | FileCheck %s --check-prefix=LOOP
//
// CHECK-DAG: kernel_tiles_64to64_14x14_to_14x14_k3x3
// CHECK-DAG: kernel_tiles_3to32_224x224_to_112x112_k7x7
//
// CONFIGURED: {{^}}2{{$}}
// STORED: {{^}}8{{$}}
//
// LOOP-COUNT-4: tdpbusd
// LOOP-NOT: tdpbusd
// LOOP-NOT: tilestored
// LOOP: j

func.func @main(%x: tensor<1x64x14x14xf32>, %p: tensor<1x3x224x224xf32>)
    -> (tensor<1x64x14x14xf32>, tensor<1x32x112x112xf32>) {
  %1 = arith.constant dense<3> : tensor<32x3x7x7xi8>
  %v = quant.scast %1 : tensor<32x3x7x7xi8> to tensor<32x3x7x7x!quant.uniform<i8:f32, 0.25>>
  %pq = cnn.quantize %p : tensor<1x3x224x224xf32> to tensor<1x3x224x224x!quant.uniform<u8:f32, 0.5:9>>
  %z = cnn.convolution %pq, %v strides [2, 2] pads [3, 3, 3, 3] dilations [1, 1]
     : (tensor<1x3x224x224x!quant.uniform<u8:f32, 0.5:9>>, tensor<32x3x7x7x!quant.uniform<i8:f32, 0.25>>)
       -> tensor<1x32x112x112xf32>
  %0 = arith.constant dense<3> : tensor<64x64x3x3xi8>
  %w = quant.scast %0 : tensor<64x64x3x3xi8> to tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>
  %q = cnn.quantize %x : tensor<1x64x14x14xf32> to tensor<1x64x14x14x!quant.uniform<u8:f32, 0.5>>
  %y = cnn.convolution %q, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] activation <relu>
     : (tensor<1x64x14x14x!quant.uniform<u8:f32, 0.5>>, tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>)
       -> tensor<1x64x14x14x!quant.uniform<u8:f32, 2.0>>
  %r = cnn.dequantize %y : tensor<1x64x14x14x!quant.uniform<u8:f32, 2.0>> to tensor<1x64x14x14xf32>
  return %r, %z : tensor<1x64x14x14xf32>, tensor<1x32x112x112xf32>
}
