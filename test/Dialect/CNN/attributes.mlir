// RUN: winnow-opt %s | winnow-opt | FileCheck %s

// CHECK-LABEL: func.func private @activations
func.func private @activations() attributes {
  // CHECK-DAG: a = #cnn.activation<relu>
  a = #cnn.activation<relu>,
  // CHECK-DAG: b = #cnn.activation<clip(0.000000e+00, 6.000000e+00)>
  b = #cnn.activation<clip(0.0, 6.0)>,
  // CHECK-DAG: c = #cnn.activation<leaky_relu(1.000000e-01)>
  c = #cnn.activation<leaky_relu(0.1)>,
  // CHECK-DAG: d = #cnn.activation<clip(0xFFF0000000000000, 6.000000e+00)>
  d = #cnn.activation<clip(0xFFF0000000000000, 6.0)>
}

// CHECK-LABEL: func.func private @algorithms
func.func private @algorithms() attributes {
  // CHECK-DAG: a = #cnn.algorithm<direct, pixels = 14, channels = 32>
  a = #cnn.algorithm<direct, channels = 32, pixels = 14>,
  // CHECK-DAG: b = #cnn.algorithm<winograd, pixels = 14, depth = 128, outputs = 4>
  b = #cnn.algorithm<winograd, pixels = 14, depth = 128, outputs = 4>
}

// CHECK-LABEL: func.func private @layouts
// CHECK-SAME: tensor<1x64x8x8xf32, #cnn.layout<block = 16>>
// CHECK-SAME: tensor<1x64x8x8xf32, #cnn.layout<block = 16, halo = 1>>
func.func private @layouts(tensor<1x64x8x8xf32, #cnn.layout<block = 16>>,
                           tensor<1x64x8x8xf32, #cnn.layout<block = 16, halo = 1>>)
