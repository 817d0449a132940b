// RUN: winnow-opt %s --winnow-convert-tosa-to-cnn | FileCheck %s

// Channels move to the front and back; a filter OHWI becomes OIHW; begins come before ends.
// CHECK-LABEL: @conv
// CHECK-DAG: %[[X:.*]] = cnn.transpose %arg0 permutation [0, 3, 1, 2] : (tensor<1x9x9x3xf32>) -> tensor<1x3x9x9xf32>
// CHECK-DAG: %[[W:.*]] = cnn.transpose %arg1 permutation [0, 3, 1, 2] : (tensor<4x3x2x3xf32>) -> tensor<4x3x3x2xf32>
// CHECK: %[[Y:.*]] = cnn.convolution %[[X]], %[[W]] bias %arg2 strides [2, 1] pads [1, 0, 1, 1] dilations [1, 2]
// CHECK: cnn.transpose %[[Y]] permutation [0, 2, 3, 1]
// CHECK-NOT: tosa
func.func @conv(%x: tensor<1x9x9x3xf32>, %w: tensor<4x3x2x3xf32>, %b: tensor<4xf32>) -> tensor<1x5x8x4xf32> {
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %y = tosa.conv2d %x, %w, %b, %z, %z {acc_type = f32, dilation = array<i64: 1, 2>, pad = array<i64: 1, 1, 0, 1>, stride = array<i64: 2, 1>} : (tensor<1x9x9x3xf32>, tensor<4x3x2x3xf32>, tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x5x8x4xf32>
  return %y : tensor<1x5x8x4xf32>
}

// Two results for each of three channels: six groups' results, three groups. A zero bias is none.
// CHECK-LABEL: @depthwise
// CHECK: cnn.reshape %{{.*}} : (tensor<3x2x3x3xf32>) -> tensor<6x1x3x3xf32>
// CHECK: cnn.convolution %{{[^ ]*}}, %{{[^ ]*}} strides {{.*}} group 3
func.func @depthwise(%x: tensor<1x8x8x3xf32>, %w: tensor<3x3x3x2xf32>) -> tensor<1x6x6x6xf32> {
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %y = tosa.depthwise_conv2d %x, %w, %z, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x8x8x3xf32>, tensor<3x3x3x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x6x6x6xf32>
  return %y : tensor<1x6x6x6xf32>
}

// Negative out_pad cuts rows, a positive one at the end adds some.
// CHECK-LABEL: @transposed
// CHECK: cnn.transposed_convolution {{.*}} strides [2, 2] pads [1, 0, 0, 0] dilations [1, 1] output_padding [0, 1]
func.func @transposed(%x: tensor<1x4x4x3xf32>, %w: tensor<2x3x3x3xf32>, %b: tensor<2xf32>) -> tensor<1x8x10x2xf32> {
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %y = tosa.transpose_conv2d %x, %w, %b, %z, %z {acc_type = f32, out_pad = array<i64: -1, 0, 0, 1>, stride = array<i64: 2, 2>} : (tensor<1x4x4x3xf32>, tensor<2x3x3x3xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x8x10x2xf32>
  return %y : tensor<1x8x10x2xf32>
}

// CHECK-LABEL: @activations
// CHECK: cnn.relu %arg0
// CHECK: cnn.clip {{.*}} lower {{.*}} upper
// CHECK: cnn.round
// CHECK: cnn.cast {{.*}} to tensor<4xi32>
func.func @activations(%x: tensor<4xf32>) -> tensor<4xi32> {
  %0 = tosa.clamp %x {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32} : (tensor<4xf32>) -> tensor<4xf32>
  %1 = tosa.clamp %0 {min_val = -1.0 : f32, max_val = 6.0 : f32} : (tensor<4xf32>) -> tensor<4xf32>
  %2 = tosa.cast %1 : (tensor<4xf32>) -> tensor<4xi32>
  return %2 : tensor<4xi32>
}

// A dynamic batch stays one.
// CHECK-LABEL: @batch
// CHECK: cnn.max_pool {{.*}} : (tensor<?x3x8x8xf32>) -> tensor<?x3x4x4xf32>
// CHECK: cnn.reshape {{.*}} -> tensor<?x48xf32>
func.func @batch(%x: tensor<?x8x8x3xf32>) -> tensor<?x48xf32> {
  %0 = tosa.max_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<?x8x8x3xf32>) -> tensor<?x4x4x3xf32>
  %s = tosa.const_shape {values = dense<[-1, 48]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %1 = tosa.reshape %0, %s : (tensor<?x4x4x3xf32>, !tosa.shape<2>) -> tensor<?x48xf32>
  return %1 : tensor<?x48xf32>
}
