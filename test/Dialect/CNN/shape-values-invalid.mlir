// RUN: winnow-opt %s -split-input-file -verify-diagnostics

// Functions are named by the op and the label of the constraint that they
// break, as the op's description lists them.

func.func @shape_c1_0(%x: tensor<?x4x8x8xf32>) {
  // expected-error@+1 {{'cnn.shape' op expected 0 <= start <= end <= 4 but got -1 and 1}}
  %s = cnn.shape %x start -1 end 1 : (tensor<?x4x8x8xf32>) -> tensor<2xi64>
  return
}

// -----

func.func @shape_c1_1(%x: tensor<?x4x8x8xf32>) {
  // expected-error@+1 {{'cnn.shape' op expected 0 <= start <= end <= 4 but got 3 and 2}}
  %s = cnn.shape %x start 3 end 2 : (tensor<?x4x8x8xf32>) -> tensor<2xi64>
  return
}

// -----

func.func @shape_c1_2(%x: tensor<?x4x8x8xf32>) {
  // expected-error@+1 {{'cnn.shape' op expected 0 <= start <= end <= 4 but got 0 and 5}}
  %s = cnn.shape %x start 0 end 5 : (tensor<?x4x8x8xf32>) -> tensor<2xi64>
  return
}

// -----

func.func @shape_r(%x: tensor<?x4x8x8xf32>) {
  // expected-error@+1 {{'cnn.shape' op expected results of type 'tensor<3xi64>' but got 'tensor<2xi64>'}}
  %s = cnn.shape %x start 0 end 3 : (tensor<?x4x8x8xf32>) -> tensor<2xi64>
  return
}

// -----

func.func @size_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.size' op failed to infer returned types}}
  %s = cnn.size %x : (tensor<4xf32>) -> tensor<1xi64>
  return
}

// -----

func.func @range_c1_0(%a: tensor<i64>, %b: tensor<i32>, %d: tensor<i64>) {
  // expected-error@+1 {{'cnn.range' op expected a limit of element type i64 but got i32}}
  %y = cnn.range %a, %b, %d : (tensor<i64>, tensor<i32>, tensor<i64>) -> tensor<?xi64>
  return
}

// -----

func.func @range_c1_1(%a: tensor<i64>, %b: tensor<i64>, %d: tensor<i32>) {
  // expected-error@+1 {{'cnn.range' op expected a delta of element type i64 but got i32}}
  %y = cnn.range %a, %b, %d : (tensor<i64>, tensor<i64>, tensor<i32>) -> tensor<?xi64>
  return
}

// -----

func.func @range_c1_2(%a: tensor<i64>, %b: tensor<i64>, %d: tensor<i64>) {
  // expected-error@+1 {{'cnn.range' op expected a result of element type i64 but got i32}}
  %y = cnn.range %a, %b, %d : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi32>
  return
}

// -----

func.func @range_c2_0(%a: tensor<2xi64>, %b: tensor<i64>, %d: tensor<i64>) {
  // expected-error@+1 {{'cnn.range' op expected a start of one element but got shape 2}}
  %y = cnn.range %a, %b, %d : (tensor<2xi64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  return
}

// -----

func.func @range_c2_1(%a: tensor<i64>, %b: tensor<2xi64>, %d: tensor<i64>) {
  // expected-error@+1 {{'cnn.range' op expected a limit of one element but got shape 2}}
  %y = cnn.range %a, %b, %d : (tensor<i64>, tensor<2xi64>, tensor<i64>) -> tensor<?xi64>
  return
}

// -----

func.func @range_c2_2(%a: tensor<i64>, %b: tensor<i64>, %d: tensor<2xi64>) {
  // expected-error@+1 {{'cnn.range' op expected a delta of one element but got shape 2}}
  %y = cnn.range %a, %b, %d : (tensor<i64>, tensor<i64>, tensor<2xi64>) -> tensor<?xi64>
  return
}

// -----

func.func @range_c3(%a: tensor<i64>, %b: tensor<i64>, %d: tensor<i64>) {
  // expected-error@+1 {{'cnn.range' op expected a result of rank 1 but got rank 2}}
  %y = cnn.range %a, %b, %d : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?x2xi64>
  return
}

// -----

func.func @constant_of_shape_c1_0(%s: tensor<3xi64>) {
  // expected-error@+1 {{'cnn.constant_of_shape' op expected a shape operand of shape 2 but got shape 3}}
  %y = cnn.constant_of_shape %s value dense<0.0> : tensor<1xf32> : (tensor<3xi64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @constant_of_shape_c1_1(%s: tensor<2x1xi64>) {
  // expected-error@+1 {{'cnn.constant_of_shape' op expected a shape operand of shape 2 but got shape 2x1}}
  %y = cnn.constant_of_shape %s value dense<0.0> : tensor<1xf32> : (tensor<2x1xi64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @constant_of_shape_c2_0(%s: tensor<2xi64>) {
  // expected-error@+1 {{'cnn.constant_of_shape' op expected a result of element type i32 but got f32}}
  %y = cnn.constant_of_shape %s value dense<0> : tensor<1xi32> : (tensor<2xi64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @constant_of_shape_c2_1(%s: tensor<2xi64>) {
  // expected-error@+1 {{'cnn.constant_of_shape' op expected a value of one element but got shape 2}}
  %y = cnn.constant_of_shape %s value dense<0.0> : tensor<2xf32> : (tensor<2xi64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @convert_layout_c1_0(%x: tensor<1x64x8x8xf32>) {
  // expected-error@+1 {{'cnn.convert_layout' op expected a result of element type f32 but got f16}}
  %y = cnn.convert_layout %x : (tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf16, #cnn.layout<block = 16>>
  return
}

// -----

func.func @convert_layout_c1_1(%x: tensor<1x64x8x8xf32>) {
  // expected-error@+1 {{'cnn.convert_layout' op expected a result of shape 1x64x8x8 but got shape 1x64x8x9}}
  %y = cnn.convert_layout %x : (tensor<1x64x8x8xf32>) -> tensor<1x64x8x9xf32>
  return
}

// -----

func.func @convert_layout_c2(%x: tensor<1x64x8x8xf32>) {
  // expected-error@+1 {{'cnn.convert_layout' op expected a #cnn.layout encoding but got "nhwc"}}
  %y = cnn.convert_layout %x : (tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32, "nhwc">
  return
}
