// RUN: winnow-opt %s -split-input-file -verify-diagnostics

// Functions are named by the op and the label of the constraint that they
// break, as the op's description lists them.

func.func @abs_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.abs' op failed to infer returned types}}
  %y = cnn.abs %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @neg_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.neg' op failed to infer returned types}}
  %y = cnn.neg %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @ceil_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.ceil' op failed to infer returned types}}
  %y = cnn.ceil %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @floor_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.floor' op failed to infer returned types}}
  %y = cnn.floor %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @round_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.round' op failed to infer returned types}}
  %y = cnn.round %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @sqrt_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.sqrt' op failed to infer returned types}}
  %y = cnn.sqrt %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @exp_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.exp' op failed to infer returned types}}
  %y = cnn.exp %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @log_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.log' op failed to infer returned types}}
  %y = cnn.log %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @reciprocal_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.reciprocal' op failed to infer returned types}}
  %y = cnn.reciprocal %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @sign_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.sign' op failed to infer returned types}}
  %y = cnn.sign %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @sin_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.sin' op failed to infer returned types}}
  %y = cnn.sin %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @cos_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.cos' op failed to infer returned types}}
  %y = cnn.cos %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @tan_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.tan' op failed to infer returned types}}
  %y = cnn.tan %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @asin_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.asin' op failed to infer returned types}}
  %y = cnn.asin %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @acos_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.acos' op failed to infer returned types}}
  %y = cnn.acos %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @atan_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.atan' op failed to infer returned types}}
  %y = cnn.atan %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @sinh_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.sinh' op failed to infer returned types}}
  %y = cnn.sinh %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @cosh_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.cosh' op failed to infer returned types}}
  %y = cnn.cosh %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @asinh_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.asinh' op failed to infer returned types}}
  %y = cnn.asinh %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @acosh_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.acosh' op failed to infer returned types}}
  %y = cnn.acosh %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @atanh_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.atanh' op failed to infer returned types}}
  %y = cnn.atanh %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @not_r(%x: tensor<4xi1>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.not' op failed to infer returned types}}
  %y = cnn.not %x : (tensor<4xi1>) -> tensor<5xi1>
  return
}

// -----

func.func @bitwise_not_r(%x: tensor<4xi8>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.bitwise_not' op failed to infer returned types}}
  %y = cnn.bitwise_not %x : (tensor<4xi8>) -> tensor<5xi8>
  return
}

// -----

func.func @is_nan_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.is_nan' op failed to infer returned types}}
  %y = cnn.is_nan %x : (tensor<4xf32>) -> tensor<5xi1>
  return
}

// -----

func.func @is_inf_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.is_inf' op failed to infer returned types}}
  %y = cnn.is_inf %x : (tensor<4xf32>) -> tensor<5xi1>
  return
}

