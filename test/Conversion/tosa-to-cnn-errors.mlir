// RUN: winnow-opt %s --winnow-convert-tosa-to-cnn -split-input-file -verify-diagnostics

func.func @no_counterpart(%x: tensor<1x8x8xf32>) -> tensor<1x8x5xf32> {
  // expected-error @+1 {{'tosa.rfft2d' op cannot become cnn: there is no op of this meaning}}
  %0, %1 = tosa.rfft2d %x : (tensor<1x8x8xf32>) -> (tensor<1x8x5xf32>, tensor<1x8x5xf32>)
  return %0 : tensor<1x8x5xf32>
}

// -----

func.func @integers(%x: tensor<1x8x8x3xi8>, %w: tensor<4x3x3x3xi8>, %b: tensor<4xi32>) -> tensor<1x6x6x4xi32> {
  %z = "tosa.const"() <{values = dense<3> : tensor<1xi8>}> : () -> tensor<1xi8>
  // expected-error @+1 {{'tosa.conv2d' op cannot become cnn: expected floating-point elements; integers enter by ONNX}}
  %y = tosa.conv2d %x, %w, %b, %z, %z {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x8x8x3xi8>, tensor<4x3x3x3xi8>, tensor<4xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x6x6x4xi32>
  return %y : tensor<1x6x6x4xi32>
}

// -----

func.func @element_type(%x: tensor<4xi4>) -> tensor<4xi4> {
  // expected-error @+1 {{'tosa.abs' op cannot become cnn: element type i4 is not supported}}
  %y = tosa.abs %x : (tensor<4xi4>) -> tensor<4xi4>
  return %y : tensor<4xi4>
}

// -----

func.func @nan_mode(%x: tensor<1x8x8x3xf32>) -> tensor<1x4x4x3xf32> {
  // expected-error @+1 {{'tosa.max_pool2d' op cannot become cnn: expected nan_mode PROPAGATE}}
  %y = tosa.max_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>, nan_mode = IGNORE} : (tensor<1x8x8x3xf32>) -> tensor<1x4x4x3xf32>
  return %y : tensor<1x4x4x3xf32>
}

// -----

func.func @rows_in_front(%x: tensor<1x4x4x3xf32>, %w: tensor<2x3x3x3xf32>, %b: tensor<2xf32>) -> tensor<1x10x9x2xf32> {
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  // expected-error @+1 {{'tosa.transpose_conv2d' op cannot become cnn: out_pad adds rows before the result}}
  %y = tosa.transpose_conv2d %x, %w, %b, %z, %z {acc_type = f32, out_pad = array<i64: 1, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x4x4x3xf32>, tensor<2x3x3x3xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x10x9x2xf32>
  return %y : tensor<1x10x9x2xf32>
}

// -----

// The first op that is to blame is named, not those behind it.
func.func @first(%x: tensor<4xf32>) -> tensor<4xi32> {
  %0 = tosa.abs %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = tosa.cast %0 : (tensor<4xf32>) -> tensor<4xi32>
  // expected-error @+1 {{'tosa.clz' op cannot become cnn: there is no op of this meaning}}
  %2 = tosa.clz %1 : (tensor<4xi32>) -> tensor<4xi32>
  return %2 : tensor<4xi32>
}

// -----

func.func @dynamic_weights(%x: tensor<1x8x8x3xf32>, %w: tensor<?x3x3x3xf32>, %b: tensor<1xf32>) -> tensor<1x6x6x?xf32> {
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  // expected-error @+1 {{'tosa.conv2d' op cannot become cnn: expected weights of static shape}}
  %y = tosa.conv2d %x, %w, %b, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x8x8x3xf32>, tensor<?x3x3x3xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x6x6x?xf32>
  return %y : tensor<1x6x6x?xf32>
}
