// RUN: winnow-opt %s -split-input-file -verify-diagnostics

// Functions are named by the op and the label of the constraint that they
// break, as the op's description lists them.

func.func @leaky_relu_a1(%x: tensor<4xi32>) {
  // expected-error@+2 {{'cnn.leaky_relu' op expected an input of floating-point elements but got i32}}
  // expected-error@+1 {{'cnn.leaky_relu' op failed to infer returned types}}
  %y = cnn.leaky_relu %x {alpha = 0.01} : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @elu_a1(%x: tensor<4xi32>) {
  // expected-error@+2 {{'cnn.elu' op expected an input of floating-point elements but got i32}}
  // expected-error@+1 {{'cnn.elu' op failed to infer returned types}}
  %y = cnn.elu %x {alpha = 1.0} : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @selu_a1(%x: tensor<4xi32>) {
  // expected-error@+2 {{'cnn.selu' op expected an input of floating-point elements but got i32}}
  // expected-error@+1 {{'cnn.selu' op failed to infer returned types}}
  %y = cnn.selu %x {alpha = 1.0, gamma = 1.0} : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @celu_a1(%x: tensor<4xi32>) {
  // expected-error@+2 {{'cnn.celu' op expected an input of floating-point elements but got i32}}
  // expected-error@+1 {{'cnn.celu' op failed to infer returned types}}
  %y = cnn.celu %x {alpha = 1.0} : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @sigmoid_a1(%x: tensor<4xi32>) {
  // expected-error@+2 {{'cnn.sigmoid' op expected an input of floating-point elements but got i32}}
  // expected-error@+1 {{'cnn.sigmoid' op failed to infer returned types}}
  %y = cnn.sigmoid %x : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @hard_sigmoid_a1(%x: tensor<4xi32>) {
  // expected-error@+2 {{'cnn.hard_sigmoid' op expected an input of floating-point elements but got i32}}
  // expected-error@+1 {{'cnn.hard_sigmoid' op failed to infer returned types}}
  %y = cnn.hard_sigmoid %x {alpha = 0.2, beta = 0.5} : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @hard_swish_a1(%x: tensor<4xi32>) {
  // expected-error@+2 {{'cnn.hard_swish' op expected an input of floating-point elements but got i32}}
  // expected-error@+1 {{'cnn.hard_swish' op failed to infer returned types}}
  %y = cnn.hard_swish %x : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @swish_a1(%x: tensor<4xi32>) {
  // expected-error@+2 {{'cnn.swish' op expected an input of floating-point elements but got i32}}
  // expected-error@+1 {{'cnn.swish' op failed to infer returned types}}
  %y = cnn.swish %x {alpha = 1.0} : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @gelu_a1(%x: tensor<4xi32>) {
  // expected-error@+2 {{'cnn.gelu' op expected an input of floating-point elements but got i32}}
  // expected-error@+1 {{'cnn.gelu' op failed to infer returned types}}
  %y = cnn.gelu %x : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @mish_a1(%x: tensor<4xi32>) {
  // expected-error@+2 {{'cnn.mish' op expected an input of floating-point elements but got i32}}
  // expected-error@+1 {{'cnn.mish' op failed to infer returned types}}
  %y = cnn.mish %x : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @softplus_a1(%x: tensor<4xi32>) {
  // expected-error@+2 {{'cnn.softplus' op expected an input of floating-point elements but got i32}}
  // expected-error@+1 {{'cnn.softplus' op failed to infer returned types}}
  %y = cnn.softplus %x : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @softsign_a1(%x: tensor<4xi32>) {
  // expected-error@+2 {{'cnn.softsign' op expected an input of floating-point elements but got i32}}
  // expected-error@+1 {{'cnn.softsign' op failed to infer returned types}}
  %y = cnn.softsign %x : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @tanh_a1(%x: tensor<4xi32>) {
  // expected-error@+2 {{'cnn.tanh' op expected an input of floating-point elements but got i32}}
  // expected-error@+1 {{'cnn.tanh' op failed to infer returned types}}
  %y = cnn.tanh %x : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @thresholded_relu_a1(%x: tensor<4xi32>) {
  // expected-error@+2 {{'cnn.thresholded_relu' op expected an input of floating-point elements but got i32}}
  // expected-error@+1 {{'cnn.thresholded_relu' op failed to infer returned types}}
  %y = cnn.thresholded_relu %x {alpha = 1.0} : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @relu_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.relu' op failed to infer returned types}}
  %y = cnn.relu %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @erf_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.erf' op failed to infer returned types}}
  %y = cnn.erf %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @shrink_r(%x: tensor<4xf32>) {
  // expected-error@+2 {{inferred type(s)}}
  // expected-error@+1 {{'cnn.shrink' op failed to infer returned types}}
  %y = cnn.shrink %x {bias = 0.0, lambd = 0.5} : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @clip_c1_0(%x: tensor<4xf32>, %l: tensor<f64>, %u: tensor<f32>) {
  // expected-error@+1 {{'cnn.clip' op expected a lower bound of element type f32 but got f64}}
  %y = cnn.clip %x lower %l upper %u : (tensor<4xf32>, tensor<f64>, tensor<f32>) -> tensor<4xf32>
  return
}

// -----

func.func @clip_c1_1(%x: tensor<4xf32>, %l: tensor<f32>, %u: tensor<f64>) {
  // expected-error@+1 {{'cnn.clip' op expected an upper bound of element type f32 but got f64}}
  %y = cnn.clip %x lower %l upper %u : (tensor<4xf32>, tensor<f32>, tensor<f64>) -> tensor<4xf32>
  return
}

// -----

func.func @clip_c2_0(%x: tensor<4xf32>, %l: tensor<4xf32>, %u: tensor<f32>) {
  // expected-error@+1 {{'cnn.clip' op expected a lower bound of one element but got shape 4}}
  %y = cnn.clip %x lower %l upper %u : (tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return
}

// -----

func.func @clip_c2_1(%x: tensor<4xf32>, %l: tensor<f32>, %u: tensor<?xf32>) {
  // expected-error@+1 {{'cnn.clip' op expected an upper bound of one element but got shape ?}}
  %y = cnn.clip %x lower %l upper %u : (tensor<4xf32>, tensor<f32>, tensor<?xf32>) -> tensor<4xf32>
  return
}
