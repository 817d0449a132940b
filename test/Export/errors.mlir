// What has no form in ONNX is said by name, and leaves no file.

// REQUIRES: python
// RUN: rm -rf %t && split-file %s %t

// RUN: not winnowc %t/layout.mlir -o %t/out.onnx --compile-to=import 2>&1 | FileCheck %s --check-prefix=LAYOUT
// LAYOUT: error: {{.*}}layout.mlir:{{.*}} node 'blocked': 'cnn.convert_layout' {{.*}}has no form in ONNX
// LAYOUT-NOT: error

// RUN: not winnowc %t/unpool.mlir -o %t/out.onnx --compile-to=import 2>&1 | FileCheck %s --check-prefix=UNPOOL
// UNPOOL: error: {{.*}}'cnn.max_unpool' from {{.*}} has no form in ONNX

// RUN: not winnowc %t/names.mlir -o %t/out.onnx 2>&1 | FileCheck %s --check-prefix=NAMES
// NAMES: error: {{.*}}expected inputs and outputs of different names, but two are called 'x'

// RUN: not winnowc %t/names.mlir -o %t/out.onnx --compile-to=kernel 2>&1 | FileCheck %s --check-prefix=PHASE
// PHASE: error: --compile-to=kernel: a model has a form in ONNX up to the phase

// RUN: not ls %t/out.onnx

//--- layout.mlir
func.func @main(%x: tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32> {
  %a = cnn.convert_layout %x : (tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32, #cnn.layout<block = 16>> loc("blocked")
  %b = cnn.convert_layout %a : (tensor<1x16x4x4xf32, #cnn.layout<block = 16>>) -> tensor<1x16x4x4xf32>
  return %b : tensor<1x16x4x4xf32>
}

//--- unpool.mlir
func.func @main(%x: tensor<1x1x4x4xf32>, %i: tensor<1x1x4x4xi64>) -> tensor<1x1x2x2xf32> {
  %y = cnn.max_unpool %x, %i : (tensor<1x1x4x4xf32>, tensor<1x1x4x4xi64>) -> tensor<1x1x2x2xf32>
  return %y : tensor<1x1x2x2xf32>
}

//--- names.mlir
func.func @main(%x: tensor<1x4xf32> {winnow.name = "x"}) -> (tensor<1x4xf32> {winnow.name = "x"}) {
  %y = cnn.relu %x : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}
