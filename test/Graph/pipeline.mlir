// RUN: winnow-opt %s --winnow-graph-pipeline -o %t.once
// RUN: FileCheck %s < %t.once
// RUN: winnow-opt %t.once --winnow-graph-pipeline | diff %t.once -
// RUN: winnow-opt %s --winnow-graph-pipeline -mlir-disable-threading -remarks-filter-passed=winnow-f.* -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: winnow-opt %s --winnow-graph-pipeline -mlir-disable-threading -remarks-filter-missed=winnow-fuse-residual -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=MISSED
// RUN: winnow-opt %s --winnow-graph-pipeline --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=LOC

// A residual block as exporters write it.
// CHECK-LABEL: @block
// CHECK: %[[A:.*]] = cnn.convolution %arg0, %{{.*}} bias %{{.*}} pads [1, 1, 1, 1] {{.*}} activation <relu>
// CHECK-NEXT: %[[B:.*]] = cnn.convolution %[[A]], %{{.*}} residual %arg0 {{.*}} activation <relu>
// CHECK-NEXT: %[[P:.*]] = cnn.global_pool average %[[B]]
// CHECK: %[[C:.*]] = cnn.convolution %[[P]]
// CHECK-NEXT: %[[R:.*]] = cnn.reshape %[[C]]
// CHECK-NEXT: return %[[R]]

// REMARK: [Passed] {{.*}}winnow-fold-batch-norm{{.*}}channels=2
// REMARK: [Passed] {{.*}}winnow-fuse-residual{{.*}}adds its shortcut
// MISSED: [Missed] {{.*}}Reason="no operand is made by a convolution"
// LOC: fused["conv1", "norm1", "relu1"]
func.func @block(%x: tensor<?x2x4x4xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2x3x3xf32>
  %s = arith.constant dense<[0.5, 2.0]> : tensor<2xf32>
  %0 = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] auto_pad same_upper
       : (tensor<?x2x4x4xf32>, tensor<2x2x3x3xf32>) -> tensor<?x2x4x4xf32> loc("conv1")
  %1 = cnn.batch_norm %0, %s, %s, %s, %s epsilon 1.0e-5
       : (tensor<?x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x4x4xf32> loc("norm1")
  %2 = cnn.relu %1 : (tensor<?x2x4x4xf32>) -> tensor<?x2x4x4xf32> loc("relu1")
  %p = cnn.pad constant %2 pads [0, 0, 1, 1, 0, 0, 1, 1] : (tensor<?x2x4x4xf32>) -> tensor<?x2x6x6xf32>
  %3 = cnn.convolution %p, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<?x2x6x6xf32>, tensor<2x2x3x3xf32>) -> tensor<?x2x4x4xf32>
  %4 = cnn.add %3, %x : (tensor<?x2x4x4xf32>, tensor<?x2x4x4xf32>) -> tensor<?x2x4x4xf32>
  %5 = cnn.relu %4 : (tensor<?x2x4x4xf32>) -> tensor<?x2x4x4xf32>
  %6 = cnn.reduce mean %5 axes [2, 3] : (tensor<?x2x4x4xf32>) -> tensor<?x2xf32>
  %f = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %7 = cnn.matmul %6, %f : (tensor<?x2xf32>, tensor<2x3xf32>) -> tensor<?x3xf32>
  return %7 : tensor<?x3xf32>
}

// CHECK-LABEL: @shortcut_of_arguments
func.func @shortcut_of_arguments(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = cnn.add %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
