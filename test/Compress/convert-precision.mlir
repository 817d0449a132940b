// Values between convolutions and their filters are stored in 16 bits; what comes before the first and behind the last one,
// biases and what others compute are f32.
// RUN: winnow-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(winnow-convert-precision{precision=f16}))' | FileCheck %s
// RUN: winnow-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(winnow-convert-precision{precision=bf16 keep=second}))' | FileCheck %s --check-prefix=KEEP
// RUN: not winnow-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(winnow-convert-precision{precision=f8}))' 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: winnow-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(winnow-convert-precision{precision=f16}))' --remarks-filter=".*" --remark-format=emitRemark -o %t 2>&1 | FileCheck %s --check-prefix=REMARK
// UNKNOWN: error: unknown precision 'f8': expected bf16 or f16

// CHECK-LABEL: @chain
// CHECK-NOT: cnn.cast
// CHECK: %[[Y:.*]] = cnn.convolution %arg0, {{.*}} : (tensor<1x3x8x8xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<1x8x8x8xf16>
// CHECK: %[[P:.*]] = cnn.max_pool %[[Y]] {{.*}} -> tensor<1x8x4x4xf16>
// CHECK: %[[S:.*]] = cnn.sigmoid %[[P]] : (tensor<1x8x4x4xf16>)
// CHECK: %[[Z:.*]] = cnn.convolution %[[S]], {{.*}} residual %[[P]] {{.*}} -> tensor<1x8x4x4xf16>
// CHECK: cnn.convolution %[[Z]], {{.*}} : (tensor<1x8x4x4xf16>, tensor<8x8x1x1xf16>) -> tensor<1x8x4x4xf32>
// CHECK: cnn.global_pool average {{.*}} -> tensor<1x8x1x1xf32>
// One layer stays: casts are around it.
// KEEP-LABEL: @chain
// KEEP: cnn.convolution {{.*}} : (tensor<1x3x8x8xf32>, {{.*}} -> tensor<1x8x8x8xf32>
// KEEP: cnn.convolution {{.*}} -> tensor<1x8x4x4xf32>
// KEEP: cnn.cast {{.*}} to tensor<1x8x4x4xbf16>
// KEEP: cnn.convolution {{.*}} : (tensor<1x8x4x4xbf16>, tensor<8x8x1x1xbf16>) -> tensor<1x8x4x4xf32>
// REMARK-DAG: reads f32 and writes 16 bits
// REMARK-DAG: reads and writes 16 bits
// REMARK-DAG: reads 16 bits and writes f32
func.func @chain(%x: tensor<1x3x8x8xf32>) -> tensor<1x8x1x1xf32> {
  %w = arith.constant dense<0.1> : tensor<8x3x3x3xf32>
  %b = arith.constant dense<0.3> : tensor<8xf32>
  %v = arith.constant dense<0.1> : tensor<8x8x1x1xf32>
  %0 = cnn.convolution %x, %w bias %b strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] activation <relu>
     : (tensor<1x3x8x8xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<1x8x8x8xf32> loc("first")
  %1 = cnn.max_pool %0 kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] : (tensor<1x8x8x8xf32>) -> tensor<1x8x4x4xf32>
  %2 = cnn.sigmoid %1 : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  %3 = cnn.convolution %2, %v bias %b residual %1 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x8x4x4xf32>, tensor<8x8x1x1xf32>, tensor<8xf32>, tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32> loc("second")
  %4 = cnn.convolution %3, %v strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x8x4x4xf32>, tensor<8x8x1x1xf32>) -> tensor<1x8x4x4xf32> loc("third")
  %5 = cnn.global_pool average %4 : (tensor<1x8x4x4xf32>) -> tensor<1x8x1x1xf32>
  return %5 : tensor<1x8x1x1xf32>
}

// -----

// A filter beyond the type, and one that is not constant: nothing happens.
// CHECK-LABEL: @stays
// CHECK-NOT: f16
// CHECK: return
// KEEP-LABEL: @stays
// KEEP: cnn.convolution {{.*}} : (tensor<1x8x4x4xbf16>, tensor<8x8x1x1xbf16>) -> tensor<1x8x4x4xf32>
// KEEP-NEXT: cnn.convolution {{.*}} : (tensor<1x8x4x4xf32>, tensor<8x8x1x1xf32>)
// REMARK-DAG: stays f32: its filter has numbers beyond the largest of the type
// REMARK-DAG: stays f32: its filter is not constant
func.func @stays(%x: tensor<1x8x4x4xf32>, %v: tensor<8x8x1x1xf32>) -> tensor<1x8x4x4xf32> {
  %w = arith.constant dense<7.0e4> : tensor<8x8x1x1xf32>
  %0 = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x8x4x4xf32>, tensor<8x8x1x1xf32>) -> tensor<1x8x4x4xf32>
  %1 = cnn.convolution %0, %v strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x8x4x4xf32>, tensor<8x8x1x1xf32>) -> tensor<1x8x4x4xf32>
  return %1 : tensor<1x8x4x4xf32>
}
