// RUN: winnow-opt %s --winnow-select-algorithms | FileCheck %s --check-prefix=SELECT
// RUN: winnow-opt %s --winnow-select-algorithms --winnow-lower-to-kernels --winnow-verify-kernels | FileCheck %s

#b = #cnn.layout<block = 16>
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l2_bytes = 1048576 : i64}} {
  // Scale, shift and relu of a large map that one pointwise convolution reads: no buffer of that size is left.
  // SELECT-LABEL: func.func @before
  // SELECT: cnn.convolution {{.*}} algorithm <row_strips, pixels = {{[0-9]+}}, channels = {{[0-9]+}}, outputs = {{[0-9]+}}>
  // CHECK-LABEL: func.func @before
  // CHECK-NOT: memref.alloc{{.*}} memref<1x6x28x28x16xf32>
  // CHECK: call @[[KERNEL:kernel_panels_[A-Za-z0-9_]+]](
  // CHECK: return
  func.func @before(%x: tensor<1x96x28x28xf32, #b>) -> tensor<1x32x28x28xf32, #b> {
    %w = arith.constant dense<1.0> : tensor<32x96x1x1xf32>
    %s = arith.constant dense<2.0> : tensor<1x96x1x1xf32>
    %t = cnn.convert_layout %s : (tensor<1x96x1x1xf32>) -> tensor<1x96x1x1xf32, #b>
    %0 = cnn.mul %x, %t : (tensor<1x96x28x28xf32, #b>, tensor<1x96x1x1xf32, #b>) -> tensor<1x96x28x28xf32, #b>
    %1 = cnn.add %0, %t : (tensor<1x96x28x28xf32, #b>, tensor<1x96x1x1xf32, #b>) -> tensor<1x96x28x28xf32, #b>
    %2 = cnn.relu %1 : (tensor<1x96x28x28xf32, #b>) -> tensor<1x96x28x28xf32, #b>
    %3 = cnn.convolution %2, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x96x28x28xf32, #b>, tensor<32x96x1x1xf32>) -> tensor<1x32x28x28xf32, #b>
    return %3 : tensor<1x32x28x28xf32, #b>
  }

  // Somebody else reads the map too.
  // SELECT-LABEL: func.func @negative_two_uses
  // SELECT: cnn.convolution {{.*}} algorithm <pointwise,
  func.func @negative_two_uses(%x: tensor<1x96x28x28xf32, #b>)
      -> (tensor<1x32x28x28xf32, #b>, tensor<1x96x28x28xf32, #b>) {
    %w = arith.constant dense<1.0> : tensor<32x96x1x1xf32>
    %2 = cnn.relu %x : (tensor<1x96x28x28xf32, #b>) -> tensor<1x96x28x28xf32, #b>
    %3 = cnn.convolution %2, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x96x28x28xf32, #b>, tensor<32x96x1x1xf32>) -> tensor<1x32x28x28xf32, #b>
    return %3, %2 : tensor<1x32x28x28xf32, #b>, tensor<1x96x28x28xf32, #b>
  }
}
