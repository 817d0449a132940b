// Pairs of f16 are multiplied by 28 accumulators, and between a product and the next jump nothing is on the stack.
//
// RUN: winnowc %s --target=x86-64-v4 --mattr=+avx512fp16 --precision=f16 --measured-speed=false --algorithm=direct -o %t.s
// RUN: sed -n '/vfmadd231ph.*zmm/,/\tj/p' %t.s | FileCheck %s --implicit-check-not="%%rsp"
// CHECK-COUNT-28: vfmadd231ph
// CHECK: jb
//
// Without f16 arithmetic, and in bf16, products are f32.
// RUN: winnowc %s --target=x86-64-v4 --precision=f16 --measured-speed=false --algorithm=direct -o %t.s && FileCheck %s --check-prefix=WIDE --input-file=%t.s --implicit-check-not=vfmadd231ph
// RUN: winnowc %s --target=x86-64-v4 --mattr=+avx512fp16 --precision=bf16 --measured-speed=false --algorithm=direct -o %t.s && FileCheck %s --check-prefix=WIDE --input-file=%t.s --implicit-check-not=vfmadd231ph
// WIDE: vfmadd231ps

func.func @main(%x: tensor<1x64x14x14xf32>) -> tensor<1x64x14x14xf32> {
  %w = arith.constant dense<0.25> : tensor<64x64x3x3xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] activation <relu>
     : (tensor<1x64x14x14xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x14x14xf32>
  return %y : tensor<1x64x14x14xf32>
}
