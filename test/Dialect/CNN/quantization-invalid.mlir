// RUN: winnow-opt %s -split-input-file -verify-diagnostics

// Functions are named by the op and the label of the constraint that they
// break, as the op's description lists them.

func.func @quantize_linear_c1(%x: tensor<1x4xi64>, %s: tensor<f32>, %z: tensor<ui8>) {
  // expected-error@+1 {{'cnn.quantize_linear' op expected an input of floating-point or i32 elements but got i64}}
  %q = cnn.quantize_linear %x, %s zero_point %z axis 1
       : (tensor<1x4xi64>, tensor<f32>, tensor<ui8>) -> tensor<1x4xui8>
  return
}

// -----

func.func @quantize_linear_q1_0(%x: tensor<1x4xf32>, %s: tensor<4xf32>, %z: tensor<ui8>) {
  // expected-error@+1 {{'cnn.quantize_linear' op expected a zero point of shape 4 but got shape scalar}}
  %q = cnn.quantize_linear %x, %s zero_point %z axis 1
       : (tensor<1x4xf32>, tensor<4xf32>, tensor<ui8>) -> tensor<1x4xui8>
  return
}

// -----

func.func @quantize_linear_q1_1(%x: tensor<1x4xf32>, %s: tensor<f32>, %z: tensor<4xui8>) {
  // expected-error@+1 {{'cnn.quantize_linear' op expected a zero point of one element but got shape 4}}
  %q = cnn.quantize_linear %x, %s zero_point %z axis 1
       : (tensor<1x4xf32>, tensor<f32>, tensor<4xui8>) -> tensor<1x4xui8>
  return
}

// -----

func.func @quantize_linear_q2(%x: tensor<1x4xf32>, %s: tensor<4xf32>, %z: tensor<4xui8>) {
  // expected-error@+1 {{'cnn.quantize_linear' op expected an axis from 0 to 1 but got 2}}
  %q = cnn.quantize_linear %x, %s zero_point %z axis 2
       : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xui8>) -> tensor<1x4xui8>
  return
}

// -----

func.func @quantize_linear_q3_0(%x: tensor<1x4xf32>, %s: tensor<3xf32>, %z: tensor<3xui8>) {
  // expected-error@+1 {{'cnn.quantize_linear' op expected a scale of shape 4 but got shape 3}}
  %q = cnn.quantize_linear %x, %s zero_point %z axis 1
       : (tensor<1x4xf32>, tensor<3xf32>, tensor<3xui8>) -> tensor<1x4xui8>
  return
}

// -----

func.func @quantize_linear_q3_1(%x: tensor<1x4xf32>, %s: tensor<f32>, %z: tensor<ui8>) {
  // expected-error@+1 {{'cnn.quantize_linear' op expected a block size of at least 0 but got -1}}
  %q = cnn.quantize_linear %x, %s zero_point %z axis 1 block_size -1
       : (tensor<1x4xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x4xui8>
  return
}

// -----

func.func @quantize_linear_q3_2(%x: tensor<1x4xf32>, %s: tensor<1x3xf32>, %z: tensor<1x3xui8>) {
  // expected-error@+1 {{'cnn.quantize_linear' op expected a scale of shape 1x2 but got shape 1x3}}
  %q = cnn.quantize_linear %x, %s zero_point %z axis 1 block_size 2
       : (tensor<1x4xf32>, tensor<1x3xf32>, tensor<1x3xui8>) -> tensor<1x4xui8>
  return
}

// -----

func.func @quantize_linear_r(%x: tensor<1x4xf32>, %s: tensor<f32>, %z: tensor<ui8>) {
  // expected-error@+1 {{'cnn.quantize_linear' op expected results of type 'tensor<1x4xui8>' but got 'tensor<1x4xi8>'}}
  %q = cnn.quantize_linear %x, %s zero_point %z axis 1
       : (tensor<1x4xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x4xi8>
  return
}

// -----

func.func @dequantize_linear_c1(%q: tensor<1x4xui8>, %s: tensor<f32>, %z: tensor<i8>) {
  // expected-error@+1 {{'cnn.dequantize_linear' op expected a zero point of element type ui8 but got i8}}
  %x = cnn.dequantize_linear %q, %s zero_point %z axis 1
       : (tensor<1x4xui8>, tensor<f32>, tensor<i8>) -> tensor<1x4xf32>
  return
}

// -----

func.func @dequantize_linear_q1(%q: tensor<1x4xui8>, %s: tensor<4xf32>, %z: tensor<ui8>) {
  // expected-error@+1 {{'cnn.dequantize_linear' op expected a zero point of shape 4 but got shape scalar}}
  %x = cnn.dequantize_linear %q, %s zero_point %z axis 1
       : (tensor<1x4xui8>, tensor<4xf32>, tensor<ui8>) -> tensor<1x4xf32>
  return
}

// -----

func.func @dequantize_linear_q2(%q: tensor<1x4xui8>, %s: tensor<4xf32>, %z: tensor<4xui8>) {
  // expected-error@+1 {{'cnn.dequantize_linear' op expected an axis from 0 to 1 but got -1}}
  %x = cnn.dequantize_linear %q, %s zero_point %z axis -1
       : (tensor<1x4xui8>, tensor<4xf32>, tensor<4xui8>) -> tensor<1x4xf32>
  return
}

// -----

func.func @dequantize_linear_q3(%q: tensor<1x4xui8>, %s: tensor<3xf32>, %z: tensor<3xui8>) {
  // expected-error@+1 {{'cnn.dequantize_linear' op expected a scale of shape 4 but got shape 3}}
  %x = cnn.dequantize_linear %q, %s zero_point %z axis 1
       : (tensor<1x4xui8>, tensor<3xf32>, tensor<3xui8>) -> tensor<1x4xf32>
  return
}

// -----

func.func @dequantize_linear_r(%q: tensor<1x4xui8>, %s: tensor<f32>, %z: tensor<ui8>) {
  // expected-error@+1 {{'cnn.dequantize_linear' op expected results of type 'tensor<1x4xf32>' but got 'tensor<1x4xf64>'}}
  %x = cnn.dequantize_linear %q, %s zero_point %z axis 1
       : (tensor<1x4xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x4xf64>
  return
}

// -----

func.func @dynamic_quantize_linear_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.dynamic_quantize_linear' op failed to infer returned types}}
  %q, %s, %z = cnn.dynamic_quantize_linear %x : (tensor<4xf32>) -> (tensor<4xi8>, tensor<f32>, tensor<ui8>)
  return
}

// -----

func.func @convolution_integer_w1(%x: tensor<3x8xui8>, %w: tensor<4x3x3x3xi8>) {
  // expected-error@+1 {{'cnn.convolution_integer' op expected an input of rank 3 to 5 but got rank 2}}
  %y = cnn.convolution_integer %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<3x8xui8>, tensor<4x3x3x3xi8>) -> tensor<1x4x6x6xi32>
  return
}

// -----

func.func @convolution_integer_w5(%x: tensor<1x3x8x8xui8>, %w: tensor<4x3x3x3xi8>) {
  // expected-error@+1 {{'cnn.convolution_integer' op expected results of type 'tensor<1x4x5x7xi32>' but got 'tensor<1x4x6x6xi32>'}}
  %y = cnn.convolution_integer %x, %w strides [1, 1] pads [-1, 1, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<4x3x3x3xi8>) -> tensor<1x4x6x6xi32>
  return
}

// -----

func.func @convolution_integer_c1_0(%x: tensor<1x3x8x8xi32>, %w: tensor<4x3x3x3xi8>) {
  // expected-error@+1 {{'cnn.convolution_integer' op expected an input of 8-bit elements but got i32}}
  %y = cnn.convolution_integer %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xi32>, tensor<4x3x3x3xi8>) -> tensor<1x4x6x6xi32>
  return
}

// -----

func.func @convolution_integer_c1_1(%x: tensor<1x3x8x8xui8>, %w: tensor<4x3x3x3xi16>) {
  // expected-error@+1 {{'cnn.convolution_integer' op expected a filter of 8-bit elements but got i16}}
  %y = cnn.convolution_integer %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<4x3x3x3xi16>) -> tensor<1x4x6x6xi32>
  return
}

// -----

func.func @convolution_integer_c2_0(%x: tensor<1x3x8x8xui8>, %w: tensor<4x3x3x3xi8>, %z: tensor<i8>) {
  // expected-error@+1 {{'cnn.convolution_integer' op expected an input zero point of element type ui8 but got i8}}
  %y = cnn.convolution_integer %x, %w input_zero_point %z strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<4x3x3x3xi8>, tensor<i8>) -> tensor<1x4x6x6xi32>
  return
}

// -----

func.func @convolution_integer_c2_1(%x: tensor<1x3x8x8xui8>, %w: tensor<4x3x3x3xi8>, %z: tensor<ui8>) {
  // expected-error@+1 {{'cnn.convolution_integer' op expected a filter zero point of element type i8 but got ui8}}
  %y = cnn.convolution_integer %x, %w filter_zero_point %z strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<4x3x3x3xi8>, tensor<ui8>) -> tensor<1x4x6x6xi32>
  return
}

// -----

func.func @convolution_integer_c3_0(%x: tensor<1x3x8x8xui8>, %w: tensor<4x3x3x3xi8>, %z: tensor<3xui8>) {
  // expected-error@+1 {{'cnn.convolution_integer' op expected an input zero point of one element but got shape 3}}
  %y = cnn.convolution_integer %x, %w input_zero_point %z strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<4x3x3x3xi8>, tensor<3xui8>) -> tensor<1x4x6x6xi32>
  return
}

// -----

func.func @convolution_integer_c3_1(%x: tensor<1x3x8x8xui8>, %w: tensor<4x3x3x3xi8>, %z: tensor<3xi8>) {
  // expected-error@+1 {{'cnn.convolution_integer' op expected a filter zero point of shape 4 but got shape 3}}
  %y = cnn.convolution_integer %x, %w filter_zero_point %z strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<4x3x3x3xi8>, tensor<3xi8>) -> tensor<1x4x6x6xi32>
  return
}

// -----

func.func @qlinear_convolution_w1(%x: tensor<3x8xui8>, %xs: tensor<f32>, %xz: tensor<ui8>, %w: tensor<4x3x3x3xi8>, %ws: tensor<4xf32>, %wz: tensor<4xi8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_convolution' op expected an input of rank 3 to 5 but got rank 2}}
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<3x8xui8>, tensor<f32>, tensor<ui8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<4xi8>, tensor<f32>, tensor<ui8>) -> tensor<1x4x6x6xui8>
  return
}

// -----

func.func @qlinear_convolution_c1_0(%x: tensor<1x3x8x8xi16>, %xs: tensor<f32>, %xz: tensor<ui8>, %w: tensor<4x3x3x3xi8>, %ws: tensor<4xf32>, %wz: tensor<4xi8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_convolution' op expected an input of 8-bit elements but got i16}}
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xi16>, tensor<f32>, tensor<ui8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<4xi8>, tensor<f32>, tensor<ui8>) -> tensor<1x4x6x6xui8>
  return
}

// -----

func.func @qlinear_convolution_c1_1(%x: tensor<1x3x8x8xui8>, %xs: tensor<f32>, %xz: tensor<ui8>, %w: tensor<4x3x3x3xi16>, %ws: tensor<4xf32>, %wz: tensor<4xi8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_convolution' op expected a filter of 8-bit elements but got i16}}
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<4x3x3x3xi16>, tensor<4xf32>, tensor<4xi8>, tensor<f32>, tensor<ui8>) -> tensor<1x4x6x6xui8>
  return
}

// -----

func.func @qlinear_convolution_c1_2(%x: tensor<1x3x8x8xui8>, %xs: tensor<f32>, %xz: tensor<ui8>, %w: tensor<4x3x3x3xi8>, %ws: tensor<4xf32>, %wz: tensor<4xi8>, %ys: tensor<f32>, %yz: tensor<i32>) {
  // expected-error@+1 {{'cnn.qlinear_convolution' op expected an output zero point of 8-bit elements but got i32}}
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<4xi8>, tensor<f32>, tensor<i32>) -> tensor<1x4x6x6xi32>
  return
}

// -----

func.func @qlinear_convolution_c2_0(%x: tensor<1x3x8x8xui8>, %xs: tensor<f32>, %xz: tensor<i8>, %w: tensor<4x3x3x3xi8>, %ws: tensor<4xf32>, %wz: tensor<4xi8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_convolution' op expected an input zero point of element type ui8 but got i8}}
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<i8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<4xi8>, tensor<f32>, tensor<ui8>) -> tensor<1x4x6x6xui8>
  return
}

// -----

func.func @qlinear_convolution_c2_1(%x: tensor<1x3x8x8xui8>, %xs: tensor<f32>, %xz: tensor<ui8>, %w: tensor<4x3x3x3xi8>, %ws: tensor<4xf32>, %wz: tensor<4xui8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_convolution' op expected a filter zero point of element type i8 but got ui8}}
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<4xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x4x6x6xui8>
  return
}

// -----

func.func @qlinear_convolution_c2_2(%x: tensor<1x3x8x8xui8>, %xs: tensor<f32>, %xz: tensor<ui8>, %w: tensor<4x3x3x3xi8>, %ws: tensor<4xf32>, %wz: tensor<4xi8>, %ys: tensor<f32>, %yz: tensor<ui8>, %b: tensor<4xi8>) {
  // expected-error@+1 {{'cnn.qlinear_convolution' op expected a bias of element type i32 but got i8}}
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz bias %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<4xi8>, tensor<f32>, tensor<ui8>, tensor<4xi8>) -> tensor<1x4x6x6xui8>
  return
}

// -----

func.func @qlinear_convolution_c3_0(%x: tensor<1x3x8x8xui8>, %xs: tensor<3xf32>, %xz: tensor<ui8>, %w: tensor<4x3x3x3xi8>, %ws: tensor<4xf32>, %wz: tensor<4xi8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_convolution' op expected an input scale of one element but got shape 3}}
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<3xf32>, tensor<ui8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<4xi8>, tensor<f32>, tensor<ui8>) -> tensor<1x4x6x6xui8>
  return
}

// -----

func.func @qlinear_convolution_c3_1(%x: tensor<1x3x8x8xui8>, %xs: tensor<f32>, %xz: tensor<3xui8>, %w: tensor<4x3x3x3xi8>, %ws: tensor<4xf32>, %wz: tensor<4xi8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_convolution' op expected an input zero point of one element but got shape 3}}
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<3xui8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<4xi8>, tensor<f32>, tensor<ui8>) -> tensor<1x4x6x6xui8>
  return
}

// -----

func.func @qlinear_convolution_c3_2(%x: tensor<1x3x8x8xui8>, %xs: tensor<f32>, %xz: tensor<ui8>, %w: tensor<4x3x3x3xi8>, %ws: tensor<3xf32>, %wz: tensor<4xi8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_convolution' op expected a filter scale of shape 4 but got shape 3}}
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<4x3x3x3xi8>, tensor<3xf32>, tensor<4xi8>, tensor<f32>, tensor<ui8>) -> tensor<1x4x6x6xui8>
  return
}

// -----

func.func @qlinear_convolution_c3_3(%x: tensor<1x3x8x8xui8>, %xs: tensor<f32>, %xz: tensor<ui8>, %w: tensor<4x3x3x3xi8>, %ws: tensor<4xf32>, %wz: tensor<3xi8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_convolution' op expected a filter zero point of shape 4 but got shape 3}}
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<3xi8>, tensor<f32>, tensor<ui8>) -> tensor<1x4x6x6xui8>
  return
}

// -----

func.func @qlinear_convolution_c3_4(%x: tensor<1x3x8x8xui8>, %xs: tensor<f32>, %xz: tensor<ui8>, %w: tensor<4x3x3x3xi8>, %ws: tensor<4xf32>, %wz: tensor<4xi8>, %ys: tensor<4xf32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_convolution' op expected an output scale of one element but got shape 4}}
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<4xi8>, tensor<4xf32>, tensor<ui8>) -> tensor<1x4x6x6xui8>
  return
}

// -----

func.func @qlinear_convolution_c3_5(%x: tensor<1x3x8x8xui8>, %xs: tensor<f32>, %xz: tensor<ui8>, %w: tensor<4x3x3x3xi8>, %ws: tensor<4xf32>, %wz: tensor<4xi8>, %ys: tensor<f32>, %yz: tensor<4xui8>) {
  // expected-error@+1 {{'cnn.qlinear_convolution' op expected an output zero point of one element but got shape 4}}
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<4xi8>, tensor<f32>, tensor<4xui8>) -> tensor<1x4x6x6xui8>
  return
}

// -----

func.func @qlinear_convolution_c4(%x: tensor<1x3x8x8xui8>, %xs: tensor<f32>, %xz: tensor<ui8>, %w: tensor<4x3x3x3xi8>, %ws: tensor<4xf32>, %wz: tensor<4xi8>, %ys: tensor<f32>, %yz: tensor<ui8>, %b: tensor<3xi32>) {
  // expected-error@+1 {{'cnn.qlinear_convolution' op expected a bias of shape 4 but got shape 3}}
  %y = cnn.qlinear_convolution %x, %xs, %xz, %w, %ws, %wz, %ys, %yz bias %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<4x3x3x3xi8>, tensor<4xf32>, tensor<4xi8>, tensor<f32>, tensor<ui8>, tensor<3xi32>) -> tensor<1x4x6x6xui8>
  return
}

// -----

func.func @matmul_integer_c1(%a: tensor<2x4xui8>, %b: tensor<3x4xi8>) {
  // expected-error@+1 {{'cnn.matmul_integer' op expected equal inner extents but got 4 and 3}}
  %y = cnn.matmul_integer %a, %b : (tensor<2x4xui8>, tensor<3x4xi8>) -> tensor<2x3xi32>
  return
}

// -----

func.func @matmul_integer_c2_0(%a: tensor<2x4xi16>, %b: tensor<4x3xi8>) {
  // expected-error@+1 {{'cnn.matmul_integer' op expected a left operand of 8-bit elements but got i16}}
  %y = cnn.matmul_integer %a, %b : (tensor<2x4xi16>, tensor<4x3xi8>) -> tensor<2x3xi32>
  return
}

// -----

func.func @matmul_integer_c2_1(%a: tensor<2x4xui8>, %b: tensor<4x3xi16>) {
  // expected-error@+1 {{'cnn.matmul_integer' op expected a right operand of 8-bit elements but got i16}}
  %y = cnn.matmul_integer %a, %b : (tensor<2x4xui8>, tensor<4x3xi16>) -> tensor<2x3xi32>
  return
}

// -----

func.func @matmul_integer_c3_0(%a: tensor<2x4xui8>, %b: tensor<4x3xi8>, %z: tensor<i8>) {
  // expected-error@+1 {{'cnn.matmul_integer' op expected a left zero point of element type ui8 but got i8}}
  %y = cnn.matmul_integer %a, %b lhs_zero_point %z
       : (tensor<2x4xui8>, tensor<4x3xi8>, tensor<i8>) -> tensor<2x3xi32>
  return
}

// -----

func.func @matmul_integer_c3_1(%a: tensor<2x4xui8>, %b: tensor<4x3xi8>, %z: tensor<ui8>) {
  // expected-error@+1 {{'cnn.matmul_integer' op expected a right zero point of element type i8 but got ui8}}
  %y = cnn.matmul_integer %a, %b rhs_zero_point %z
       : (tensor<2x4xui8>, tensor<4x3xi8>, tensor<ui8>) -> tensor<2x3xi32>
  return
}

// -----

func.func @matmul_integer_c4_0(%a: tensor<2x4xui8>, %b: tensor<4x3xi8>, %z: tensor<4xui8>) {
  // expected-error@+1 {{'cnn.matmul_integer' op expected a left zero point of shape 2 but got shape 4}}
  %y = cnn.matmul_integer %a, %b lhs_zero_point %z
       : (tensor<2x4xui8>, tensor<4x3xi8>, tensor<4xui8>) -> tensor<2x3xi32>
  return
}

// -----

func.func @matmul_integer_c4_1(%a: tensor<2x4xui8>, %b: tensor<4x3xi8>, %z: tensor<1x2xui8>) {
  // expected-error@+1 {{'cnn.matmul_integer' op expected a left zero point of shape 2x1 but got shape 1x2}}
  %y = cnn.matmul_integer %a, %b lhs_zero_point %z
       : (tensor<2x4xui8>, tensor<4x3xi8>, tensor<1x2xui8>) -> tensor<2x3xi32>
  return
}

// -----

func.func @matmul_integer_c4_2(%a: tensor<2x4xui8>, %b: tensor<4x3xi8>, %z: tensor<2xi8>) {
  // expected-error@+1 {{'cnn.matmul_integer' op expected a right zero point of shape 3 but got shape 2}}
  %y = cnn.matmul_integer %a, %b rhs_zero_point %z
       : (tensor<2x4xui8>, tensor<4x3xi8>, tensor<2xi8>) -> tensor<2x3xi32>
  return
}

// -----

func.func @qlinear_matmul_c1(%a: tensor<2x4xui8>, %as: tensor<f32>, %az: tensor<ui8>, %b: tensor<3x3xui8>, %bs: tensor<f32>, %bz: tensor<ui8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_matmul' op expected equal inner extents but got 4 and 3}}
  %y = cnn.qlinear_matmul %a, %as, %az, %b, %bs, %bz, %ys, %yz
       : (tensor<2x4xui8>, tensor<f32>, tensor<ui8>, tensor<3x3xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<2x3xui8>
  return
}

// -----

func.func @qlinear_matmul_c2_0(%a: tensor<2x4xi32>, %as: tensor<f32>, %az: tensor<ui8>, %b: tensor<4x3xui8>, %bs: tensor<f32>, %bz: tensor<ui8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_matmul' op expected a left operand of 8-bit elements but got i32}}
  %y = cnn.qlinear_matmul %a, %as, %az, %b, %bs, %bz, %ys, %yz
       : (tensor<2x4xi32>, tensor<f32>, tensor<ui8>, tensor<4x3xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<2x3xui8>
  return
}

// -----

func.func @qlinear_matmul_c2_1(%a: tensor<2x4xui8>, %as: tensor<f32>, %az: tensor<ui8>, %b: tensor<4x3xi32>, %bs: tensor<f32>, %bz: tensor<ui8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_matmul' op expected a right operand of 8-bit elements but got i32}}
  %y = cnn.qlinear_matmul %a, %as, %az, %b, %bs, %bz, %ys, %yz
       : (tensor<2x4xui8>, tensor<f32>, tensor<ui8>, tensor<4x3xi32>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<2x3xui8>
  return
}

// -----

func.func @qlinear_matmul_c2_2(%a: tensor<2x4xui8>, %as: tensor<f32>, %az: tensor<ui8>, %b: tensor<4x3xui8>, %bs: tensor<f32>, %bz: tensor<ui8>, %ys: tensor<f32>, %yz: tensor<i16>) {
  // expected-error@+1 {{'cnn.qlinear_matmul' op expected an output zero point of 8-bit elements but got i16}}
  %y = cnn.qlinear_matmul %a, %as, %az, %b, %bs, %bz, %ys, %yz
       : (tensor<2x4xui8>, tensor<f32>, tensor<ui8>, tensor<4x3xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<i16>) -> tensor<2x3xi16>
  return
}

// -----

func.func @qlinear_matmul_c3_0(%a: tensor<2x4xui8>, %as: tensor<f32>, %az: tensor<i8>, %b: tensor<4x3xui8>, %bs: tensor<f32>, %bz: tensor<ui8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_matmul' op expected a left zero point of element type ui8 but got i8}}
  %y = cnn.qlinear_matmul %a, %as, %az, %b, %bs, %bz, %ys, %yz
       : (tensor<2x4xui8>, tensor<f32>, tensor<i8>, tensor<4x3xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<2x3xui8>
  return
}

// -----

func.func @qlinear_matmul_c3_1(%a: tensor<2x4xui8>, %as: tensor<f32>, %az: tensor<ui8>, %b: tensor<4x3xui8>, %bs: tensor<f32>, %bz: tensor<i8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_matmul' op expected a right zero point of element type ui8 but got i8}}
  %y = cnn.qlinear_matmul %a, %as, %az, %b, %bs, %bz, %ys, %yz
       : (tensor<2x4xui8>, tensor<f32>, tensor<ui8>, tensor<4x3xui8>, tensor<f32>, tensor<i8>, tensor<f32>, tensor<ui8>) -> tensor<2x3xui8>
  return
}

// -----

func.func @qlinear_matmul_c4_0(%a: tensor<2x4xui8>, %as: tensor<4xf32>, %az: tensor<ui8>, %b: tensor<4x3xui8>, %bs: tensor<f32>, %bz: tensor<ui8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_matmul' op expected a left scale of shape 2 but got shape 4}}
  %y = cnn.qlinear_matmul %a, %as, %az, %b, %bs, %bz, %ys, %yz
       : (tensor<2x4xui8>, tensor<4xf32>, tensor<ui8>, tensor<4x3xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<2x3xui8>
  return
}

// -----

func.func @qlinear_matmul_c4_1(%a: tensor<2x4xui8>, %as: tensor<f32>, %az: tensor<4xui8>, %b: tensor<4x3xui8>, %bs: tensor<f32>, %bz: tensor<ui8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_matmul' op expected a left zero point of shape 2 but got shape 4}}
  %y = cnn.qlinear_matmul %a, %as, %az, %b, %bs, %bz, %ys, %yz
       : (tensor<2x4xui8>, tensor<f32>, tensor<4xui8>, tensor<4x3xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<2x3xui8>
  return
}

// -----

func.func @qlinear_matmul_c4_2(%a: tensor<2x4xui8>, %as: tensor<f32>, %az: tensor<ui8>, %b: tensor<4x3xui8>, %bs: tensor<4xf32>, %bz: tensor<ui8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_matmul' op expected a right scale of shape 3 but got shape 4}}
  %y = cnn.qlinear_matmul %a, %as, %az, %b, %bs, %bz, %ys, %yz
       : (tensor<2x4xui8>, tensor<f32>, tensor<ui8>, tensor<4x3xui8>, tensor<4xf32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<2x3xui8>
  return
}

// -----

func.func @qlinear_matmul_c4_3(%a: tensor<2x4xui8>, %as: tensor<f32>, %az: tensor<ui8>, %b: tensor<4x3xui8>, %bs: tensor<f32>, %bz: tensor<4xui8>, %ys: tensor<f32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_matmul' op expected a right zero point of shape 3 but got shape 4}}
  %y = cnn.qlinear_matmul %a, %as, %az, %b, %bs, %bz, %ys, %yz
       : (tensor<2x4xui8>, tensor<f32>, tensor<ui8>, tensor<4x3xui8>, tensor<f32>, tensor<4xui8>, tensor<f32>, tensor<ui8>) -> tensor<2x3xui8>
  return
}

// -----

func.func @qlinear_matmul_c4_4(%a: tensor<2x4xui8>, %as: tensor<f32>, %az: tensor<ui8>, %b: tensor<4x3xui8>, %bs: tensor<f32>, %bz: tensor<ui8>, %ys: tensor<3xf32>, %yz: tensor<ui8>) {
  // expected-error@+1 {{'cnn.qlinear_matmul' op expected an output scale of shape 2 but got shape 3}}
  %y = cnn.qlinear_matmul %a, %as, %az, %b, %bs, %bz, %ys, %yz
       : (tensor<2x4xui8>, tensor<f32>, tensor<ui8>, tensor<4x3xui8>, tensor<f32>, tensor<ui8>, tensor<3xf32>, tensor<ui8>) -> tensor<2x3xui8>
  return
}

// -----

func.func @qlinear_matmul_c4_5(%a: tensor<2x4xui8>, %as: tensor<f32>, %az: tensor<ui8>, %b: tensor<4x3xui8>, %bs: tensor<f32>, %bz: tensor<ui8>, %ys: tensor<f32>, %yz: tensor<3xui8>) {
  // expected-error@+1 {{'cnn.qlinear_matmul' op expected an output zero point of shape 2 but got shape 3}}
  %y = cnn.qlinear_matmul %a, %as, %az, %b, %bs, %bz, %ys, %yz
       : (tensor<2x4xui8>, tensor<f32>, tensor<ui8>, tensor<4x3xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<3xui8>) -> tensor<2x3xui8>
  return
}
