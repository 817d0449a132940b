// Tiles of bf16: steps of 32 channels, sums in f32, which the epilogue rounds once.
//
// RUN: winnowc %s --target=x86_64-linux-gnu --mcpu=sapphirerapids --measured-speed=false -o %t.s
// RUN: sed -n '/tdpbf16ps/,/\tj/p' %t.s | FileCheck %s
// RUN: grep -c ldtilecfg %t.s | FileCheck %s --check-prefix=CONFIGURED
//
// CHECK-COUNT-4: tdpbf16ps
// CHECK-NOT: tdpbf16ps
// CHECK-NOT: tilestored
// CHECK: j
// CONFIGURED: {{^}}1{{$}}

func.func @main(%x: tensor<1x64x14x14xf32>) -> tensor<1x64x14x14xf32> {
  %w = arith.constant dense<3.0> : tensor<64x64x3x3xbf16>
  %h = cnn.cast %x : tensor<1x64x14x14xf32> to tensor<1x64x14x14xbf16>
  %y = cnn.convolution %h, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] activation <relu>
     : (tensor<1x64x14x14xbf16>, tensor<64x64x3x3xbf16>) -> tensor<1x64x14x14xbf16>
  %r = cnn.cast %y : tensor<1x64x14x14xbf16> to tensor<1x64x14x14xf32>
  return %r : tensor<1x64x14x14xf32>
}
