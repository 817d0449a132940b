// RUN: winnow-opt %s -split-input-file -verify-diagnostics

// Functions are named by the op and the label of the constraint that they
// break, as the op's description lists them.

func.func @add_b1(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error@+1 {{'cnn.add' op expected a right operand of element type f32 but got f64}}
  %y = cnn.add %a, %b : (tensor<4xf32>, tensor<4xf64>) -> tensor<4xf32>
  return
}

// -----

func.func @add_b2(%a: tensor<2x4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.add' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.add %a, %b : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @add_r(%a: tensor<2x1xf32>, %b: tensor<1x4xf32>) {
  // expected-error@+1 {{'cnn.add' op expected results of type 'tensor<2x4xf32>' but got 'tensor<2x1xf32>'}}
  %y = cnn.add %a, %b : (tensor<2x1xf32>, tensor<1x4xf32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @sub_b1(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error@+1 {{'cnn.sub' op expected a right operand of element type f32 but got f64}}
  %y = cnn.sub %a, %b : (tensor<4xf32>, tensor<4xf64>) -> tensor<4xf32>
  return
}

// -----

func.func @sub_b2(%a: tensor<2x4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.sub' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.sub %a, %b : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @mul_b1(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error@+1 {{'cnn.mul' op expected a right operand of element type f32 but got f64}}
  %y = cnn.mul %a, %b : (tensor<4xf32>, tensor<4xf64>) -> tensor<4xf32>
  return
}

// -----

func.func @mul_b2(%a: tensor<2x4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.mul' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.mul %a, %b : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @div_b1(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error@+1 {{'cnn.div' op expected a right operand of element type f32 but got f64}}
  %y = cnn.div %a, %b : (tensor<4xf32>, tensor<4xf64>) -> tensor<4xf32>
  return
}

// -----

func.func @div_b2(%a: tensor<2x4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.div' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.div %a, %b : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @min_b1(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error@+1 {{'cnn.min' op expected a right operand of element type f32 but got f64}}
  %y = cnn.min %a, %b : (tensor<4xf32>, tensor<4xf64>) -> tensor<4xf32>
  return
}

// -----

func.func @min_b2(%a: tensor<2x4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.min' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.min %a, %b : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @max_b1(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error@+1 {{'cnn.max' op expected a right operand of element type f32 but got f64}}
  %y = cnn.max %a, %b : (tensor<4xf32>, tensor<4xf64>) -> tensor<4xf32>
  return
}

// -----

func.func @max_b2(%a: tensor<2x4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.max' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.max %a, %b : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @prelu_b1(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error@+1 {{'cnn.prelu' op expected a right operand of element type f32 but got f64}}
  %y = cnn.prelu %a, %b : (tensor<4xf32>, tensor<4xf64>) -> tensor<4xf32>
  return
}

// -----

func.func @prelu_b2(%a: tensor<2x4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.prelu' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.prelu %a, %b : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @prelu_c1(%a: tensor<4xf32>, %b: tensor<2x4xf32>) {
  // expected-error@+1 {{'cnn.prelu' op expected a slope that broadcasts to shape 4 but got shape 2x4}}
  %y = cnn.prelu %a, %b : (tensor<4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @equal_b1(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error@+1 {{'cnn.equal' op expected a right operand of element type f32 but got f64}}
  %y = cnn.equal %a, %b : (tensor<4xf32>, tensor<4xf64>) -> tensor<4xi1>
  return
}

// -----

func.func @equal_b2(%a: tensor<2x4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.equal' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.equal %a, %b : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xi1>
  return
}

// -----

func.func @less_b1(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error@+1 {{'cnn.less' op expected a right operand of element type f32 but got f64}}
  %y = cnn.less %a, %b : (tensor<4xf32>, tensor<4xf64>) -> tensor<4xi1>
  return
}

// -----

func.func @less_b2(%a: tensor<2x4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.less' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.less %a, %b : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xi1>
  return
}

// -----

func.func @less_or_equal_b1(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error@+1 {{'cnn.less_or_equal' op expected a right operand of element type f32 but got f64}}
  %y = cnn.less_or_equal %a, %b : (tensor<4xf32>, tensor<4xf64>) -> tensor<4xi1>
  return
}

// -----

func.func @less_or_equal_b2(%a: tensor<2x4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.less_or_equal' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.less_or_equal %a, %b : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xi1>
  return
}

// -----

func.func @greater_b1(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error@+1 {{'cnn.greater' op expected a right operand of element type f32 but got f64}}
  %y = cnn.greater %a, %b : (tensor<4xf32>, tensor<4xf64>) -> tensor<4xi1>
  return
}

// -----

func.func @greater_b2(%a: tensor<2x4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.greater' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.greater %a, %b : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xi1>
  return
}

// -----

func.func @greater_or_equal_b1(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error@+1 {{'cnn.greater_or_equal' op expected a right operand of element type f32 but got f64}}
  %y = cnn.greater_or_equal %a, %b : (tensor<4xf32>, tensor<4xf64>) -> tensor<4xi1>
  return
}

// -----

func.func @greater_or_equal_b2(%a: tensor<2x4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.greater_or_equal' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.greater_or_equal %a, %b : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xi1>
  return
}

// -----

func.func @and_b2(%a: tensor<2x4xi1>, %b: tensor<2xi1>) {
  // expected-error@+1 {{'cnn.and' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.and %a, %b : (tensor<2x4xi1>, tensor<2xi1>) -> tensor<2x4xi1>
  return
}

// -----

func.func @or_b2(%a: tensor<2x4xi1>, %b: tensor<2xi1>) {
  // expected-error@+1 {{'cnn.or' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.or %a, %b : (tensor<2x4xi1>, tensor<2xi1>) -> tensor<2x4xi1>
  return
}

// -----

func.func @xor_b2(%a: tensor<2x4xi1>, %b: tensor<2xi1>) {
  // expected-error@+1 {{'cnn.xor' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.xor %a, %b : (tensor<2x4xi1>, tensor<2xi1>) -> tensor<2x4xi1>
  return
}

// -----

func.func @bitwise_and_b1(%a: tensor<4xi32>, %b: tensor<4xi64>) {
  // expected-error@+1 {{'cnn.bitwise_and' op expected a right operand of element type i32 but got i64}}
  %y = cnn.bitwise_and %a, %b : (tensor<4xi32>, tensor<4xi64>) -> tensor<4xi32>
  return
}

// -----

func.func @bitwise_and_b2(%a: tensor<2x4xi32>, %b: tensor<2xi32>) {
  // expected-error@+1 {{'cnn.bitwise_and' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.bitwise_and %a, %b : (tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x4xi32>
  return
}

// -----

func.func @bitwise_or_b1(%a: tensor<4xi32>, %b: tensor<4xi64>) {
  // expected-error@+1 {{'cnn.bitwise_or' op expected a right operand of element type i32 but got i64}}
  %y = cnn.bitwise_or %a, %b : (tensor<4xi32>, tensor<4xi64>) -> tensor<4xi32>
  return
}

// -----

func.func @bitwise_or_b2(%a: tensor<2x4xi32>, %b: tensor<2xi32>) {
  // expected-error@+1 {{'cnn.bitwise_or' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.bitwise_or %a, %b : (tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x4xi32>
  return
}

// -----

func.func @bitwise_xor_b1(%a: tensor<4xi32>, %b: tensor<4xi64>) {
  // expected-error@+1 {{'cnn.bitwise_xor' op expected a right operand of element type i32 but got i64}}
  %y = cnn.bitwise_xor %a, %b : (tensor<4xi32>, tensor<4xi64>) -> tensor<4xi32>
  return
}

// -----

func.func @bitwise_xor_b2(%a: tensor<2x4xi32>, %b: tensor<2xi32>) {
  // expected-error@+1 {{'cnn.bitwise_xor' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.bitwise_xor %a, %b : (tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x4xi32>
  return
}

// -----

func.func @shift_left_b1(%a: tensor<4xi32>, %b: tensor<4xi64>) {
  // expected-error@+1 {{'cnn.shift_left' op expected a right operand of element type i32 but got i64}}
  %y = cnn.shift_left %a, %b : (tensor<4xi32>, tensor<4xi64>) -> tensor<4xi32>
  return
}

// -----

func.func @shift_left_b2(%a: tensor<2x4xi32>, %b: tensor<2xi32>) {
  // expected-error@+1 {{'cnn.shift_left' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.shift_left %a, %b : (tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x4xi32>
  return
}

// -----

func.func @shift_right_b1(%a: tensor<4xi32>, %b: tensor<4xi64>) {
  // expected-error@+1 {{'cnn.shift_right' op expected a right operand of element type i32 but got i64}}
  %y = cnn.shift_right %a, %b : (tensor<4xi32>, tensor<4xi64>) -> tensor<4xi32>
  return
}

// -----

func.func @shift_right_b2(%a: tensor<2x4xi32>, %b: tensor<2xi32>) {
  // expected-error@+1 {{'cnn.shift_right' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.shift_right %a, %b : (tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x4xi32>
  return
}

// -----

func.func @mod_b1(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error@+1 {{'cnn.mod' op expected a right operand of element type f32 but got f64}}
  %y = cnn.mod %a, %b fmod true : (tensor<4xf32>, tensor<4xf64>) -> tensor<4xf32>
  return
}

// -----

func.func @mod_b2(%a: tensor<2x4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.mod' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.mod %a, %b fmod true : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @mod_c1(%a: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.mod' op expected 'fmod true' for floating-point operands but got 'fmod false'}}
  %y = cnn.mod %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @pow_b2(%a: tensor<2x4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.pow' op expected shapes that broadcast but got 2x4 and 2}}
  %y = cnn.pow %a, %b : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @where_c1(%c: tensor<4xi1>, %a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error@+1 {{'cnn.where' op expected a right operand of element type f32 but got f64}}
  %y = cnn.where %c, %a, %b : (tensor<4xi1>, tensor<4xf32>, tensor<4xf64>) -> tensor<4xf32>
  return
}

// -----

func.func @where_c2_0(%c: tensor<3xi1>, %a: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.where' op expected shapes that broadcast but got 3 and 4}}
  %y = cnn.where %c, %a, %b : (tensor<3xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @where_c2_1(%c: tensor<4xi1>, %a: tensor<4xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{'cnn.where' op expected shapes that broadcast but got 4 and 3}}
  %y = cnn.where %c, %a, %b : (tensor<4xi1>, tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @cast_c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.cast' op expected a result of shape 4 but got shape 5}}
  %y = cnn.cast %x : tensor<4xf32> to tensor<5xi64>
  return
}
