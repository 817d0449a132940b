// What ops become: epilogues are nodes of their own, named after their op; parameters that ONNX has as tensors are
// constants; a constant that is used twice is one.

// REQUIRES: python
// RUN: winnowc %s -o %t.onnx --compile-to=import && %python %S/show.py %t.onnx | FileCheck %s

// CHECK: ir 10 opset 21 by winnow: forms
// CHECK-NEXT: input image FLOAT[N, 4, 8, 8]
// CHECK-DAG: constant w float32[4, 4, 3, 3]
// CHECK-DAG: constant b float32[4]
// CHECK: Conv c1: image, w, b -> c1/product {{.*}}strides=[1, 1] {{.*}}pads=[1, 1, 1, 1] group=1
// CHECK-NEXT: Add c1/add: c1/product, image -> c1/sum
// CHECK-NEXT: Clip c1/clip: c1/sum, c1/min, c1/max -> c1/output
// CHECK-NEXT: Sigmoid s/sigmoid: c1/output -> s/sigmoid
// CHECK-NEXT: Mul s: c1/output, s/sigmoid -> s/output
// CHECK-NEXT: Reshape r: s/output, r/shape -> r/output allowzero=0
// CHECK-NEXT: Slice r/slice: r/output, r/slice/starts, r/slice/ends, r/slice/axes, r/slice/steps -> r/slice/output
// CHECK-NEXT: QuantizeLinear q: r/slice/output, {{.*}} -> codes
// CHECK-NEXT: Identity copy: codes -> copy
// CHECK-NEXT: Identity given: image -> given
// CHECK-NEXT: output codes UINT8[N, 128]
// CHECK-NEXT: output copy UINT8[N, 128]
// CHECK-NEXT: output given FLOAT[N, 4, 8, 8]

module attributes {winnow.model_name = "forms"} {
  func.func @main(%x: tensor<?x4x8x8xf32> {winnow.name = "image"})
      -> (tensor<?x128xui8> {winnow.name = "codes"}, tensor<?x128xui8> {winnow.name = "copy"},
          tensor<?x4x8x8xf32> {winnow.name = "given"}) {
    %w = arith.constant dense<0.5> : tensor<4x4x3x3xf32> loc("w")
    %b = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32> loc("b")
    %scale = arith.constant dense<0.1> : tensor<f32> loc("scale")
    %zero = arith.constant dense<3> : tensor<ui8> loc("zero")
    %unused = arith.constant dense<0.0> : tensor<7xf32> loc("unused")
    %c = cnn.convolution %x, %w bias %b residual %x strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
           activation <clip(0.0, 6.0)>
         : (tensor<?x4x8x8xf32>, tensor<4x4x3x3xf32>, tensor<4xf32>, tensor<?x4x8x8xf32>) -> tensor<?x4x8x8xf32> loc("c1")
    %s = cnn.swish %c {alpha = 1.0} : (tensor<?x4x8x8xf32>) -> tensor<?x4x8x8xf32> loc("s")
    %r = cnn.reshape %s : (tensor<?x4x8x8xf32>) -> tensor<?x256xf32> loc("r")
    %h = cnn.slice %r axes [1] starts [0] ends [256] steps [2] : (tensor<?x256xf32>) -> tensor<?x128xf32> loc("r")
    %q = cnn.quantize_linear %h, %scale zero_point %zero axis 1
         : (tensor<?x128xf32>, tensor<f32>, tensor<ui8>) -> tensor<?x128xui8> loc("q")
    return %q, %q, %x : tensor<?x128xui8>, tensor<?x128xui8>, tensor<?x4x8x8xf32>
  }
}
