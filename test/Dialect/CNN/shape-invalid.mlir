// RUN: winnow-opt %s -split-input-file -verify-diagnostics

// Functions are named by the op and the label of the constraint that they
// break, as the op's description lists them.

func.func @reshape_c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.reshape' op expected a result of element type f32 but got i32}}
  %y = cnn.reshape %x : (tensor<4xf32>) -> tensor<4xi32>
  return
}

// -----

func.func @reshape_c2_0(%x: tensor<2x3x4xf32>) {
  // expected-error@+1 {{'cnn.reshape' op expected a result with the elements of 2x3x4 but got 5x5}}
  %y = cnn.reshape %x : (tensor<2x3x4xf32>) -> tensor<5x5xf32>
  return
}

// -----

func.func @reshape_c2_1(%x: tensor<2x3x4xf32>) {
  // expected-error@+1 {{'cnn.reshape' op expected a result with the elements of 2x3x4 but got 5x?}}
  %y = cnn.reshape %x : (tensor<2x3x4xf32>) -> tensor<5x?xf32>
  return
}

// -----

func.func @reshape_c2_2(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{'cnn.reshape' op expected a result with the elements of ?x4 but got 6}}
  %y = cnn.reshape %x : (tensor<?x4xf32>) -> tensor<6xf32>
  return
}

// -----

func.func @reshape_c2_3(%x: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.reshape' op expected a result with the elements of 4 but got 0x?}}
  %y = cnn.reshape %x : (tensor<4xf32>) -> tensor<0x?xf32>
  return
}

// -----

func.func @reshape_c3(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{'cnn.reshape' op expected at most one dynamic extent without a shape operand but got ?x?}}
  %y = cnn.reshape %x : (tensor<?x4xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @reshape_c4_0(%x: tensor<?x4xf32>, %s: tensor<3xi64>) {
  // expected-error@+1 {{'cnn.reshape' op expected a shape operand of shape 2 but got shape 3}}
  %y = cnn.reshape %x shape %s : (tensor<?x4xf32>, tensor<3xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @reshape_c4_1(%x: tensor<?x4xf32>, %s: tensor<1x2xi64>) {
  // expected-error@+1 {{'cnn.reshape' op expected a shape operand of shape 2 but got shape 1x2}}
  %y = cnn.reshape %x shape %s : (tensor<?x4xf32>, tensor<1x2xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @transpose_c1_0(%x: tensor<1x3x8x8xf32>) {
  // expected-error@+1 {{'cnn.transpose' op expected a permutation of 4 dimensions but got [0, 2, 3]}}
  %y = cnn.transpose %x permutation [0, 2, 3] : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @transpose_c1_1(%x: tensor<1x3x8x8xf32>) {
  // expected-error@+1 {{'cnn.transpose' op expected a permutation of 4 dimensions but got [0, 2, 2, 1]}}
  %y = cnn.transpose %x permutation [0, 2, 2, 1] : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @transpose_c1_2(%x: tensor<1x3x8x8xf32>) {
  // expected-error@+1 {{'cnn.transpose' op expected a permutation of 4 dimensions but got [0, 2, 3, 4]}}
  %y = cnn.transpose %x permutation [0, 2, 3, 4] : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @transpose_c1_3(%x: tensor<1x3x8x8xf32>) {
  // expected-error@+1 {{'cnn.transpose' op expected a permutation of 4 dimensions but got [0, 2, 3, -1]}}
  %y = cnn.transpose %x permutation [0, 2, 3, -1] : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @transpose_r(%x: tensor<1x3x8x8xf32>) {
  // expected-error@+1 {{'cnn.transpose' op expected results of type 'tensor<1x8x3x8xf32>' but got 'tensor<1x8x8x3xf32>'}}
  %y = cnn.transpose %x permutation [0, 3, 1, 2] : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @expand_c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.expand' op expected a result of element type f32 but got i32}}
  %y = cnn.expand %x : (tensor<4xf32>) -> tensor<4xi32>
  return
}

// -----

func.func @expand_c2_0(%x: tensor<3x1xf32>) {
  // expected-error@+1 {{'cnn.expand' op expected an input that broadcasts to shape 4x4 but got shape 3x1}}
  %y = cnn.expand %x : (tensor<3x1xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @expand_c2_1(%x: tensor<3x1xf32>) {
  // expected-error@+1 {{'cnn.expand' op expected an input that broadcasts to shape 1 but got shape 3x1}}
  %y = cnn.expand %x : (tensor<3x1xf32>) -> tensor<1xf32>
  return
}

// -----

func.func @expand_c3(%x: tensor<1xf32>, %s: tensor<2xi64>) {
  // expected-error@+1 {{'cnn.expand' op expected a shape operand of shape 1 but got shape 2}}
  %y = cnn.expand %x shape %s : (tensor<1xf32>, tensor<2xi64>) -> tensor<?xf32>
  return
}

// -----

func.func @expand_c4_0(%x: tensor<1xf32>) {
  // expected-error@+1 {{'cnn.expand' op expected a shape operand for the dynamic extent 0 but got none}}
  %y = cnn.expand %x : (tensor<1xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @expand_c4_1(%x: tensor<?xf32>) {
  // expected-error@+1 {{'cnn.expand' op expected a shape operand for the dynamic extent 0 but got none}}
  %y = cnn.expand %x : (tensor<?xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @tile_c1_0(%x: tensor<3x4xf32>) {
  // expected-error@+1 {{'cnn.tile' op expected 2 repeats but got 1}}
  %y = cnn.tile %x repeats [2] : (tensor<3x4xf32>) -> tensor<6x4xf32>
  return
}

// -----

func.func @tile_c1_1(%x: tensor<3x4xf32>) {
  // expected-error@+1 {{'cnn.tile' op expected repeats of at least 0 but got -2}}
  %y = cnn.tile %x repeats [-2, 1] : (tensor<3x4xf32>) -> tensor<6x4xf32>
  return
}

// -----

func.func @tile_c2_0(%x: tensor<3x4xf32>) {
  // expected-error@+1 {{'cnn.tile' op expected extents that fit in 64 bits but got an overflow}}
  %y = cnn.tile %x repeats [9223372036854775807, 1] : (tensor<3x4xf32>) -> tensor<6x4xf32>
  return
}

// -----

func.func @tile_c2_1(%x: tensor<3x4xf32>) {
  // expected-error@+1 {{'cnn.tile' op expected a result that fits in 64 bits of bytes but got 9223372036854775806x4}}
  %y = cnn.tile %x repeats [3074457345618258602, 1] : (tensor<3x4xf32>) -> tensor<6x4xf32>
  return
}

// -----

func.func @tile_r(%x: tensor<3x4xf32>) {
  // expected-error@+1 {{'cnn.tile' op expected results of type 'tensor<3x8xf32>' but got 'tensor<6x4xf32>'}}
  %y = cnn.tile %x repeats [1, 2] : (tensor<3x4xf32>) -> tensor<6x4xf32>
  return
}

// -----

func.func @concat_c1() {
  // expected-error@+1 {{'cnn.concat' op expected one operand or more but got none}}
  %y = cnn.concat axis 0 : () -> tensor<1xf32>
  return
}

// -----

func.func @concat_c2_0(%a: tensor<1x4x8xf32>, %b: tensor<1x2x8xf32>) {
  // expected-error@+1 {{'cnn.concat' op expected an axis from 0 to 2 but got 3}}
  %y = cnn.concat %a, %b axis 3 : (tensor<1x4x8xf32>, tensor<1x2x8xf32>) -> tensor<1x6x8xf32>
  return
}

// -----

func.func @concat_c2_1(%a: tensor<1x4x8xf32>, %b: tensor<1x2x8xf32>) {
  // expected-error@+1 {{'cnn.concat' op expected an axis from 0 to 2 but got -1}}
  %y = cnn.concat %a, %b axis -1 : (tensor<1x4x8xf32>, tensor<1x2x8xf32>) -> tensor<1x6x8xf32>
  return
}

// -----

func.func @concat_c3_0(%a: tensor<1x4x8xf32>, %b: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.concat' op expected operands of rank 3 but got rank 2}}
  %y = cnn.concat %a, %b axis 1 : (tensor<1x4x8xf32>, tensor<2x8xf32>) -> tensor<1x6x8xf32>
  return
}

// -----

func.func @concat_c3_1(%a: tensor<1x4x8xf32>, %b: tensor<1x2x7xf32>) {
  // expected-error@+1 {{'cnn.concat' op expected equal extents in dimension 2 but got 8 and 7}}
  %y = cnn.concat %a, %b axis 1 : (tensor<1x4x8xf32>, tensor<1x2x7xf32>) -> tensor<1x6x8xf32>
  return
}

// -----

func.func @concat_c4(%a: tensor<1x4x8xf32>, %b: tensor<1x2x8xf64>) {
  // expected-error@+1 {{'cnn.concat' op expected operands of element type f32 but got f64}}
  %y = cnn.concat %a, %b axis 1 : (tensor<1x4x8xf32>, tensor<1x2x8xf64>) -> tensor<1x6x8xf32>
  return
}

// -----

func.func @concat_c5(%a: tensor<1x9223372036854775807x8xf32>, %b: tensor<1x2x8xf32>) {
  // expected-error@+1 {{'cnn.concat' op expected extents that fit in 64 bits but got an overflow}}
  %y = cnn.concat %a, %b axis 1 : (tensor<1x9223372036854775807x8xf32>, tensor<1x2x8xf32>) -> tensor<1x6x8xf32>
  return
}

// -----

func.func @concat_r(%a: tensor<1x4x8xf32>, %b: tensor<1x2x8xf32>) {
  // expected-error@+1 {{'cnn.concat' op expected results of type 'tensor<1x6x8xf32>' but got 'tensor<1x5x8xf32>'}}
  %y = cnn.concat %a, %b axis 1 : (tensor<1x4x8xf32>, tensor<1x2x8xf32>) -> tensor<1x5x8xf32>
  return
}

// -----

func.func @slice_c1_0(%x: tensor<1x8xf32>) {
  // expected-error@+1 {{'cnn.slice' op expected an axis from 0 to 1 but got 2}}
  %y = cnn.slice %x axes [2] starts [0] ends [4] steps [2] : (tensor<1x8xf32>) -> tensor<1x2xf32>
  return
}

// -----

func.func @slice_c1_1(%x: tensor<1x8xf32>) {
  // expected-error@+1 {{'cnn.slice' op expected ascending axes but got [1, 0]}}
  %y = cnn.slice %x axes [1, 0] starts [0, 0] ends [1, 1] steps [1, 1] : (tensor<1x8xf32>) -> tensor<1x2xf32>
  return
}

// -----

func.func @slice_c2_0(%x: tensor<1x8xf32>) {
  // expected-error@+1 {{'cnn.slice' op expected a start, an end and a step for each of 1 axes but got 0, 1 and 1}}
  %y = cnn.slice %x axes [1] starts [] ends [4] steps [2] : (tensor<1x8xf32>) -> tensor<1x2xf32>
  return
}

// -----

func.func @slice_c2_1(%x: tensor<1x8xf32>) {
  // expected-error@+1 {{'cnn.slice' op expected a start, an end and a step for each of 1 axes but got 1, 2 and 1}}
  %y = cnn.slice %x axes [1] starts [0] ends [4, 4] steps [2] : (tensor<1x8xf32>) -> tensor<1x2xf32>
  return
}

// -----

func.func @slice_c2_2(%x: tensor<1x8xf32>) {
  // expected-error@+1 {{'cnn.slice' op expected a start, an end and a step for each of 1 axes but got 1, 1 and 2}}
  %y = cnn.slice %x axes [1] starts [0] ends [4] steps [1, 1] : (tensor<1x8xf32>) -> tensor<1x2xf32>
  return
}

// -----

func.func @slice_c3(%x: tensor<1x8xf32>) {
  // expected-error@+1 {{'cnn.slice' op expected steps other than 0 but got [0]}}
  %y = cnn.slice %x axes [1] starts [0] ends [4] steps [0] : (tensor<1x8xf32>) -> tensor<1x2xf32>
  return
}

// -----

func.func @slice_r(%x: tensor<1x8xf32>) {
  // expected-error@+1 {{'cnn.slice' op expected results of type 'tensor<1x2xf32>' but got 'tensor<1x4xf32>'}}
  %y = cnn.slice %x axes [1] starts [0] ends [4] steps [2] : (tensor<1x8xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @pad_c1(%x: tensor<3x4xf32>) {
  // expected-error@+1 {{'cnn.pad' op expected 4 pads but got 2}}
  %y = cnn.pad constant %x pads [0, 1] : (tensor<3x4xf32>) -> tensor<3x6xf32>
  return
}

// -----

func.func @pad_c2_0(%x: tensor<3x4xf32>) {
  // expected-error@+1 {{'cnn.pad' op expected an extent of at least 0 but got -1}}
  %y = cnn.pad constant %x pads [-4, 0, 0, 0] : (tensor<3x4xf32>) -> tensor<3x6xf32>
  return
}

// -----

func.func @pad_c2_1(%x: tensor<3x4xf32>) {
  // expected-error@+1 {{'cnn.pad' op expected extents that fit in 64 bits but got an overflow}}
  %y = cnn.pad constant %x pads [9223372036854775807, 0, 0, 0] : (tensor<3x4xf32>) -> tensor<3x6xf32>
  return
}

// -----

func.func @pad_c3_0(%x: tensor<3x4xf32>, %v: tensor<f64>) {
  // expected-error@+1 {{'cnn.pad' op expected a value of element type f32 but got f64}}
  %y = cnn.pad constant %x value %v pads [0, 1, 0, 1] : (tensor<3x4xf32>, tensor<f64>) -> tensor<3x6xf32>
  return
}

// -----

func.func @pad_c3_1(%x: tensor<3x4xf32>, %v: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.pad' op expected a value of one element but got shape 2}}
  %y = cnn.pad constant %x value %v pads [0, 1, 0, 1] : (tensor<3x4xf32>, tensor<2xf32>) -> tensor<3x6xf32>
  return
}

// -----

func.func @pad_c4_0(%x: tensor<3x4xf32>) {
  // expected-error@+1 {{'cnn.pad' op expected pads that 4 elements can fill in mode 'reflect' but got 4}}
  %y = cnn.pad reflect %x pads [0, 4, 0, 0] : (tensor<3x4xf32>) -> tensor<3x8xf32>
  return
}

// -----

func.func @pad_c4_1(%x: tensor<3x0xf32>) {
  // expected-error@+1 {{'cnn.pad' op expected pads that 0 elements can fill in mode 'edge' but got 1}}
  %y = cnn.pad edge %x pads [0, 1, 0, 1] : (tensor<3x0xf32>) -> tensor<3x2xf32>
  return
}

// -----

func.func @pad_c4_2(%x: tensor<3x0xf32>) {
  // expected-error@+1 {{'cnn.pad' op expected pads that 0 elements can fill in mode 'wrap' but got 1}}
  %y = cnn.pad wrap %x pads [0, 1, 0, 1] : (tensor<3x0xf32>) -> tensor<3x2xf32>
  return
}

// -----

func.func @pad_r(%x: tensor<3x4xf32>) {
  // expected-error@+1 {{'cnn.pad' op expected results of type 'tensor<3x6xf32>' but got 'tensor<3x5xf32>'}}
  %y = cnn.pad constant %x pads [0, 1, 0, 1] : (tensor<3x4xf32>) -> tensor<3x5xf32>
  return
}

// -----

func.func @depth_to_space_c1(%x: tensor<8x4x4xf32>) {
  // expected-error@+1 {{'cnn.depth_to_space' op expected an input of rank 4 but got rank 3}}
  %y = cnn.depth_to_space crd %x block 2 : (tensor<8x4x4xf32>) -> tensor<1x2x8x8xf32>
  return
}

// -----

func.func @depth_to_space_c2_0(%x: tensor<1x8x4x4xf32>) {
  // expected-error@+1 {{'cnn.depth_to_space' op expected a block from 1 to 2^31 but got 0}}
  %y = cnn.depth_to_space crd %x block 0 : (tensor<1x8x4x4xf32>) -> tensor<1x2x8x8xf32>
  return
}

// -----

func.func @depth_to_space_c2_1(%x: tensor<1x8x4x4xf32>) {
  // expected-error@+1 {{'cnn.depth_to_space' op expected extents that 9 divides but got 1x8x4x4}}
  %y = cnn.depth_to_space crd %x block 3 : (tensor<1x8x4x4xf32>) -> tensor<1x2x8x8xf32>
  return
}

// -----

func.func @depth_to_space_c2_2(%x: tensor<1x8x4x4xf32>) {
  // expected-error@+1 {{'cnn.depth_to_space' op expected a block from 1 to 2^31 but got 9223372036854775807}}
  %y = cnn.depth_to_space crd %x block 9223372036854775807 : (tensor<1x8x4x4xf32>) -> tensor<1x2x8x8xf32>
  return
}

// -----

func.func @depth_to_space_r(%x: tensor<1x8x4x4xf32>) {
  // expected-error@+1 {{'cnn.depth_to_space' op expected results of type 'tensor<1x2x8x8xf32>' but got 'tensor<1x8x4x4xf32>'}}
  %y = cnn.depth_to_space crd %x block 2 : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @space_to_depth_c1(%x: tensor<2x8x8xf32>) {
  // expected-error@+1 {{'cnn.space_to_depth' op expected an input of rank 4 but got rank 3}}
  %y = cnn.space_to_depth %x block 2 : (tensor<2x8x8xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @space_to_depth_c2_0(%x: tensor<1x2x8x8xf32>) {
  // expected-error@+1 {{'cnn.space_to_depth' op expected a block from 1 to 2^31 but got -2}}
  %y = cnn.space_to_depth %x block -2 : (tensor<1x2x8x8xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @space_to_depth_c2_1(%x: tensor<1x2x8x8xf32>) {
  // expected-error@+1 {{'cnn.space_to_depth' op expected extents that 3 divides but got 1x2x8x8}}
  %y = cnn.space_to_depth %x block 3 : (tensor<1x2x8x8xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @space_to_depth_c3(%x: tensor<1x4x0x0xf32>) {
  // expected-error@+1 {{'cnn.space_to_depth' op expected extents that fit in 64 bits but got an overflow}}
  %y = cnn.space_to_depth %x block 2147483648 : (tensor<1x4x0x0xf32>) -> tensor<1x8x4x4xf32>
  return
}

