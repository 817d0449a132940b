// RUN: winnow-opt %s --winnow-select-algorithms=explain=true | FileCheck %s
// RUN: winnow-opt %s --winnow-select-algorithms | FileCheck %s --check-prefix=SILENT
// RUN: winnow-opt %s --winnow-select-algorithms=explain=true --winnow-record-interface | FileCheck %s --check-prefix=LAYERS

// Cycles of what is legal, the reason of what is not; the choice is that with the fewest cycles.
// CHECK: cnn.convolution
// CHECK-SAME: algorithm <[[KIND:[a-z_]+]],
// CHECK-SAME: winnow.predicted = {depthwise = "there is more than one channel a group"
// CHECK-SAME: [[KIND]] = {{[0-9]+}} : i64
// SILENT-NOT: winnow.predicted
// LAYERS: winnow.layers = [{{.*}}algorithm = "{{[a-z_]+}}"{{.*}}inputs = "1x3x8x8xf32, 5x3x3x3xf32"{{.*}}predicted = {
func.func @main(%x: tensor<1x3x8x8xf32>) -> tensor<1x5x6x6xf32> {
  %w = arith.constant dense<0.5> : tensor<5x3x3x3xf32>
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x3x8x8xf32>, tensor<5x3x3x3xf32>) -> tensor<1x5x6x6xf32>
  return %y : tensor<1x5x6x6xf32>
}
