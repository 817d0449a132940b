// RUN: winnow-opt %s -split-input-file -verify-diagnostics

// Functions are named by the op and the label of the constraint that they
// break, as the op's description lists them.

func.func @gather_c1_0(%x: tensor<2x8xf32>, %i: tensor<3xi64>) {
  // expected-error@+1 {{'cnn.gather' op expected an axis from 0 to 1 but got 2}}
  %y = cnn.gather %x, %i axis 2 : (tensor<2x8xf32>, tensor<3xi64>) -> tensor<2x3xf32>
  return
}

// -----

func.func @gather_c1_1(%x: tensor<2x8xf32>, %i: tensor<3xi64>) {
  // expected-error@+1 {{'cnn.gather' op expected an axis from 0 to 1 but got -1}}
  %y = cnn.gather %x, %i axis -1 : (tensor<2x8xf32>, tensor<3xi64>) -> tensor<2x3xf32>
  return
}

// -----

func.func @gather_r(%x: tensor<2x8xf32>, %i: tensor<3xi64>) {
  // expected-error@+1 {{'cnn.gather' op expected results of type 'tensor<2x3xf32>' but got 'tensor<3x2xf32>'}}
  %y = cnn.gather %x, %i axis 1 : (tensor<2x8xf32>, tensor<3xi64>) -> tensor<3x2xf32>
  return
}

// -----

func.func @gather_elements_c1(%x: tensor<4x2xf32>, %i: tensor<3x2xi64>) {
  // expected-error@+1 {{'cnn.gather_elements' op expected an axis from 0 to 1 but got 2}}
  %y = cnn.gather_elements %x, %i axis 2 : (tensor<4x2xf32>, tensor<3x2xi64>) -> tensor<3x2xf32>
  return
}

// -----

func.func @gather_elements_c2_0(%x: tensor<4x2xf32>, %i: tensor<3xi64>) {
  // expected-error@+1 {{'cnn.gather_elements' op expected indices of rank 2 but got rank 1}}
  %y = cnn.gather_elements %x, %i axis 0 : (tensor<4x2xf32>, tensor<3xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @gather_elements_c2_1(%x: tensor<4x2xf32>, %i: tensor<3x3xi64>) {
  // expected-error@+1 {{'cnn.gather_elements' op expected indices of at most 2 in dimension 1 but got 3}}
  %y = cnn.gather_elements %x, %i axis 0 : (tensor<4x2xf32>, tensor<3x3xi64>) -> tensor<3x3xf32>
  return
}

// -----

func.func @gather_nd_c1_0(%x: tensor<2x2xf32>, %i: tensor<3x2xi64>) {
  // expected-error@+1 {{'cnn.gather_nd' op expected batch_dims from 0 to 1 but got -1}}
  %y = cnn.gather_nd %x, %i batch_dims -1 : (tensor<2x2xf32>, tensor<3x2xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @gather_nd_c1_1(%x: tensor<2x2xf32>, %i: tensor<3x2xi64>) {
  // expected-error@+1 {{'cnn.gather_nd' op expected batch_dims from 0 to 1 but got 2}}
  %y = cnn.gather_nd %x, %i batch_dims 2 : (tensor<2x2xf32>, tensor<3x2xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @gather_nd_c1_2(%x: tensor<2x2xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{'cnn.gather_nd' op expected operands of rank 1 or more but got ranks 2 and 0}}
  %y = cnn.gather_nd %x, %i batch_dims 0 : (tensor<2x2xf32>, tensor<i64>) -> tensor<3xf32>
  return
}

// -----

func.func @gather_nd_c2_0(%x: tensor<2x2xf32>, %i: tensor<3x3xi64>) {
  // expected-error@+1 {{'cnn.gather_nd' op expected tuples of 1 to 2 indices but got 3}}
  %y = cnn.gather_nd %x, %i batch_dims 0 : (tensor<2x2xf32>, tensor<3x3xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @gather_nd_c2_1(%x: tensor<2x2xf32>, %i: tensor<3x?xi64>) {
  // expected-error@+1 {{'cnn.gather_nd' op expected tuples of 1 to 2 indices but got ?}}
  %y = cnn.gather_nd %x, %i batch_dims 0 : (tensor<2x2xf32>, tensor<3x?xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @gather_nd_c2_2(%x: tensor<2x2xf32>, %i: tensor<3x0xi64>) {
  // expected-error@+1 {{'cnn.gather_nd' op expected tuples of 1 to 2 indices but got 0}}
  %y = cnn.gather_nd %x, %i batch_dims 0 : (tensor<2x2xf32>, tensor<3x0xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @gather_nd_c3(%x: tensor<2x2xf32>, %i: tensor<3x1xi64>) {
  // expected-error@+1 {{'cnn.gather_nd' op expected indices of batch shape 2 but got 3}}
  %y = cnn.gather_nd %x, %i batch_dims 1 : (tensor<2x2xf32>, tensor<3x1xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @scatter_elements_c1(%x: tensor<4x2xf32>, %i: tensor<1x2xi64>, %u: tensor<1x2xf32>) {
  // expected-error@+1 {{'cnn.scatter_elements' op expected an axis from 0 to 1 but got 2}}
  %y = cnn.scatter_elements %x, %i, %u axis 2
       : (tensor<4x2xf32>, tensor<1x2xi64>, tensor<1x2xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @scatter_elements_c2_0(%x: tensor<4x2xf32>, %i: tensor<2xi64>, %u: tensor<1x2xf32>) {
  // expected-error@+1 {{'cnn.scatter_elements' op expected indices of rank 2 but got rank 1}}
  %y = cnn.scatter_elements %x, %i, %u axis 0
       : (tensor<4x2xf32>, tensor<2xi64>, tensor<1x2xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @scatter_elements_c2_1(%x: tensor<4x2xf32>, %i: tensor<1x3xi64>, %u: tensor<1x2xf32>) {
  // expected-error@+1 {{'cnn.scatter_elements' op expected indices of at most 2 in dimension 1 but got 3}}
  %y = cnn.scatter_elements %x, %i, %u axis 0
       : (tensor<4x2xf32>, tensor<1x3xi64>, tensor<1x2xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @scatter_elements_c3_0(%x: tensor<4x2xf32>, %i: tensor<1x2xi64>, %u: tensor<2x2xf32>) {
  // expected-error@+1 {{'cnn.scatter_elements' op expected updates of shape 1x2 but got shape 2x2}}
  %y = cnn.scatter_elements %x, %i, %u axis 0
       : (tensor<4x2xf32>, tensor<1x2xi64>, tensor<2x2xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @scatter_elements_c3_1(%x: tensor<4x2xf32>, %i: tensor<1x2xi64>, %u: tensor<1x2xf64>) {
  // expected-error@+1 {{'cnn.scatter_elements' op expected updates of element type f32 but got f64}}
  %y = cnn.scatter_elements %x, %i, %u axis 0
       : (tensor<4x2xf32>, tensor<1x2xi64>, tensor<1x2xf64>) -> tensor<4x2xf32>
  return
}

// -----

func.func @scatter_nd_c1_0(%x: tensor<4x3xf32>, %i: tensor<i64>, %u: tensor<2x3xf32>) {
  // expected-error@+1 {{'cnn.scatter_nd' op expected indices of rank 1 or more but got rank 0}}
  %y = cnn.scatter_nd %x, %i, %u : (tensor<4x3xf32>, tensor<i64>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @scatter_nd_c1_1(%x: tensor<4x3xf32>, %i: tensor<2x3xi64>, %u: tensor<2x3xf32>) {
  // expected-error@+1 {{'cnn.scatter_nd' op expected tuples of 1 to 2 indices but got 3}}
  %y = cnn.scatter_nd %x, %i, %u : (tensor<4x3xf32>, tensor<2x3xi64>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @scatter_nd_c1_2(%x: tensor<4x3xf32>, %i: tensor<2x?xi64>, %u: tensor<2x3xf32>) {
  // expected-error@+1 {{'cnn.scatter_nd' op expected tuples of 1 to 2 indices but got ?}}
  %y = cnn.scatter_nd %x, %i, %u : (tensor<4x3xf32>, tensor<2x?xi64>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @scatter_nd_c2_0(%x: tensor<4x3xf32>, %i: tensor<2x1xi64>, %u: tensor<2x4xf32>) {
  // expected-error@+1 {{'cnn.scatter_nd' op expected updates of shape 2x3 but got shape 2x4}}
  %y = cnn.scatter_nd %x, %i, %u : (tensor<4x3xf32>, tensor<2x1xi64>, tensor<2x4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @scatter_nd_c2_1(%x: tensor<4x3xf32>, %i: tensor<2x1xi64>, %u: tensor<2x3xf64>) {
  // expected-error@+1 {{'cnn.scatter_nd' op expected updates of element type f32 but got f64}}
  %y = cnn.scatter_nd %x, %i, %u : (tensor<4x3xf32>, tensor<2x1xi64>, tensor<2x3xf64>) -> tensor<4x3xf32>
  return
}
