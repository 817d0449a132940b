// RUN: winnow-opt %s --winnow-select-algorithms | FileCheck %s
// RUN: winnow-opt %s --winnow-select-algorithms="sparsity=false" | FileCheck %s --check-prefix=OFF
// RUN: winnow-opt %s --winnow-select-algorithms="algorithm=sparse" -mlir-disable-threading -remarks-filter-missed=algorithm -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=MISSED
// RUN: winnow-opt %s --winnow-select-algorithms -mlir-disable-threading -remarks-filter-analyse=algorithm -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=WHY

// Blocks of four input channels without weights are left out where that is faster.
// OFF-NOT: <sparse
// OFF: return
// MISSED: cannot be computed by {{.*}}sparse{{.*}}less than a fifth of the filter's blocks of four input channels is zero
// MISSED: cannot be computed by {{.*}}sparse{{.*}}results are not bytes
// WHY: 100.0% of the filter and 100.0% of its blocks of four input channels are zero
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l2_bytes = 2097152 : i64, dot = "vnni"}} {
  // CHECK-LABEL: func.func @empty
  // CHECK: algorithm <sparse, {{.*}}> {winnow.sparse = #cnn.sparse<indices16, rows = 1, nonzeros = 0, elements = 36864>}
  func.func @empty(%x: tensor<1x64x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x64x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<0> : tensor<64x64x3x3xi8>
    %w = quant.scast %0 : tensor<64x64x3x3xi8> to tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
          tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x64x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
    return %y : tensor<1x64x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
  }

  // CHECK-LABEL: func.func @full
  // CHECK-NOT: algorithm <sparse
  // CHECK: return
  func.func @full(%x: tensor<1x64x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x64x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<3> : tensor<64x64x3x3xi8>
    %w = quant.scast %0 : tensor<64x64x3x3xi8> to tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
          tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x64x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
    return %y : tensor<1x64x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>
  }

  // CHECK-LABEL: func.func @real
  // CHECK-NOT: algorithm <sparse
  // CHECK: return
  func.func @real(%x: tensor<1x64x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>)
      -> tensor<1x64x28x28xf32, #cnn.layout<block = 16>> {
    %0 = arith.constant dense<0> : tensor<64x64x3x3xi8>
    %w = quant.scast %0 : tensor<64x64x3x3xi8> to tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
       : (tensor<1x64x28x28x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>,
          tensor<64x64x3x3x!quant.uniform<i8:f32, 0.25>>)
         -> tensor<1x64x28x28xf32, #cnn.layout<block = 16>>
    return %y : tensor<1x64x28x28xf32, #cnn.layout<block = 16>>
  }
}
