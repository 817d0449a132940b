// RUN: winnow-opt %s -split-input-file -verify-diagnostics

// Functions are named by the op and the label of the constraint that they
// break, as the op's description lists them.

func.func @convolution_w1_0(%x: tensor<4x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected an input of rank 3 to 5 but got rank 2}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<4x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_w1_1(%x: tensor<1x4x8x8x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected an input of rank 3 to 5 but got rank 6}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_w2_0(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected 2 strides but got 1}}
  %y = cnn.convolution %x, %w strides [1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_w2_1(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected 4 pads but got 2}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_w2_2(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected 2 dilations but got 3}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_w3_0(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected strides of at least 1 but got 0}}
  %y = cnn.convolution %x, %w strides [0, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_w3_1(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected dilations of at least 1 but got -1}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, -1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_w3_2(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x0x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected a window of at least 1 but got 0}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x0x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_w4_0(%x: tensor<1x4x2x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected a window that fits its input but got a window of 3 elements over 2}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x2x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_w4_1(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected extents that fit in 64 bits but got an overflow}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 9223372036854775807]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_w4_2(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected extents that fit in 64 bits but got an overflow}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [9223372036854775807, 0, 1, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_w4_3(%x: tensor<4611686018427387904x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected a result that fits in 64 bits of bytes but got 4611686018427387904x6x6x6}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<4611686018427387904x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @convolution_w5(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected results of type 'tensor<1x6x5x6xf32>' but got 'tensor<1x6x6x6xf32>'}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [-1, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_c1(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected a filter of rank 4 but got rank 3}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_c2_0(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected a group count of at least 1 but got 0}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 0
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_c2_1(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected input channels that 3 groups divide but got 4}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 3
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_c2_2(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected output channels that 4 groups divide but got 6}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 4
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_c2_3(%x: tensor<1x4x8x8xf32>, %w: tensor<6x3x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected filters over 4 input channels but got 3}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x3x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_c3_0(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf16>) {
  // expected-error@+1 {{'cnn.convolution' op expected a filter of element type f32 but got f16}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf16>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_c3_1(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<6xf64>) {
  // expected-error@+1 {{'cnn.convolution' op expected a bias of element type f32 but got f64}}
  %y = cnn.convolution %x, %w bias %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf64>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_c3_2(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %r: tensor<1x6x6x6xf64>) {
  // expected-error@+1 {{'cnn.convolution' op expected a residual of element type f32 but got f64}}
  %y = cnn.convolution %x, %w residual %r strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<1x6x6x6xf64>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_c4_0(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected a bias of shape 6 but got shape 4}}
  %y = cnn.convolution %x, %w bias %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<4xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_c4_1(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<6x1xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected a bias of shape 6 but got shape 6x1}}
  %y = cnn.convolution %x, %w bias %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6x1xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_c5(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %r: tensor<1x6x8x8xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected a residual of shape 1x6x6x6 but got shape 1x6x8x8}}
  %y = cnn.convolution %x, %w residual %r strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<1x6x8x8xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @convolution_r_0(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected results of type 'tensor<1x6x6x6xf32>' but got 'tensor<1x6x8x8xf32>'}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x8x8xf32>
  return
}

// -----

func.func @convolution_r_1(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected results of type 'tensor<1x6x6x6xf32>' but got 'tensor<1x6x6x6xf64>'}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf64>
  return
}

// -----

func.func @convolution_r_2(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'cnn.convolution' op expected results of type 'tensor<1x6x6x6xf32>' but got 'tensor<6x6x6xf32>'}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<6x6x6xf32>
  return
}

// -----

func.func @transposed_convolution_w1(%x: tensor<1x4xf32>, %w: tensor<4x3xf32>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected an input of rank 3 to 5 but got rank 2}}
  %y = cnn.transposed_convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0]
       : (tensor<1x4xf32>, tensor<4x3xf32>) -> tensor<1x3x16x16xf32>
  return
}

// -----

func.func @transposed_convolution_w2(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x2x2xf32>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected 2 strides but got 1}}
  %y = cnn.transposed_convolution %x, %w strides [2] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0]
       : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>) -> tensor<1x3x16x16xf32>
  return
}

// -----

func.func @transposed_convolution_w3(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x2x2xf32>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected strides of at least 1 but got 0}}
  %y = cnn.transposed_convolution %x, %w strides [2, 0] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0]
       : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>) -> tensor<1x3x16x16xf32>
  return
}

// -----

func.func @transposed_convolution_w4_0(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x2x2xf32>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected an extent of at least 0 but got -24}}
  %y = cnn.transposed_convolution %x, %w strides [2, 2] pads [20, 0, 20, 0] dilations [1, 1] output_padding [0, 0]
       : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>) -> tensor<1x3x16x16xf32>
  return
}

// -----

func.func @transposed_convolution_w4_1(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x2x2xf32>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected extents that fit in 64 bits but got an overflow}}
  %y = cnn.transposed_convolution %x, %w strides [2, 9223372036854775807] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0]
       : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>) -> tensor<1x3x16x16xf32>
  return
}

// -----

func.func @transposed_convolution_w4_2(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x2x2xf32>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected extents that fit in 64 bits but got an overflow}}
  %y = cnn.transposed_convolution %x, %w strides [2, 9223372036854775807] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0] auto_pad same_upper
       : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>) -> tensor<1x3x16x16xf32>
  return
}

// -----

func.func @transposed_convolution_c1_0(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x2xf32>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected a filter of rank 4 but got rank 3}}
  %y = cnn.transposed_convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0]
       : (tensor<1x4x8x8xf32>, tensor<4x3x2xf32>) -> tensor<1x3x16x16xf32>
  return
}

// -----

func.func @transposed_convolution_c1_1(%x: tensor<1x4x8x8xf32>, %w: tensor<5x3x2x2xf32>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected a filter of shape 4x3x2x2 but got shape 5x3x2x2}}
  %y = cnn.transposed_convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0]
       : (tensor<1x4x8x8xf32>, tensor<5x3x2x2xf32>) -> tensor<1x3x16x16xf32>
  return
}

// -----

func.func @transposed_convolution_c2_0(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x2x2xf32>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected a group count of at least 1 but got 0}}
  %y = cnn.transposed_convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0] group 0
       : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>) -> tensor<1x3x16x16xf32>
  return
}

// -----

func.func @transposed_convolution_c2_1(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x2x2xf32>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected input channels that 3 groups divide but got 4}}
  %y = cnn.transposed_convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0] group 3
       : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>) -> tensor<1x3x16x16xf32>
  return
}

// -----

func.func @transposed_convolution_c3_0(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x2x2xf64>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected a filter of element type f32 but got f64}}
  %y = cnn.transposed_convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0]
       : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf64>) -> tensor<1x3x16x16xf32>
  return
}

// -----

func.func @transposed_convolution_c3_1(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x2x2xf32>, %b: tensor<3xf64>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected a bias of element type f32 but got f64}}
  %y = cnn.transposed_convolution %x, %w bias %b strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0]
       : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>, tensor<3xf64>) -> tensor<1x3x16x16xf32>
  return
}

// -----

func.func @transposed_convolution_c4(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x2x2xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected a bias of shape 3 but got shape 4}}
  %y = cnn.transposed_convolution %x, %w bias %b strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0]
       : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>, tensor<4xf32>) -> tensor<1x3x16x16xf32>
  return
}

// -----

func.func @transposed_convolution_c5_0(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x2x2xf32>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected 2 output paddings but got 1}}
  %y = cnn.transposed_convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] output_padding [0]
       : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>) -> tensor<1x3x16x16xf32>
  return
}

// -----

func.func @transposed_convolution_c5_1(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x2x2xf32>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected an output padding from 0 to below 2 but got 2}}
  %y = cnn.transposed_convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] output_padding [2, 0]
       : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>) -> tensor<1x3x18x16xf32>
  return
}

// -----

func.func @transposed_convolution_c5_2(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x2x2xf32>) {
  // expected-error@+1 {{'cnn.transposed_convolution' op expected an output padding from 0 to below 2 but got -1}}
  %y = cnn.transposed_convolution %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] output_padding [-1, 0]
       : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>) -> tensor<1x3x15x16xf32>
  return
}
