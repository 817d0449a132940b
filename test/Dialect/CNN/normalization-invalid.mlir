// RUN: winnow-opt %s -split-input-file -verify-diagnostics

// Functions are named by the op and the label of the constraint that they
// break, as the op's description lists them.

func.func @batch_norm_c1(%x: tensor<4xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.batch_norm' op expected an input of rank 2 or more but got rank 1}}
  %y = cnn.batch_norm %x, %s, %b, %m, %v epsilon 1.0e-5
       : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @batch_norm_c2_0(%x: tensor<1x4x8x8xf32>, %s: tensor<3xf32>, %b: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.batch_norm' op expected a scale of shape 4 but got shape 3}}
  %y = cnn.batch_norm %x, %s, %b, %m, %v epsilon 1.0e-5
       : (tensor<1x4x8x8xf32>, tensor<3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @batch_norm_c2_1(%x: tensor<1x4x8x8xf32>, %s: tensor<4xf32>, %b: tensor<1x4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.batch_norm' op expected a bias of shape 4 but got shape 1x4}}
  %y = cnn.batch_norm %x, %s, %b, %m, %v epsilon 1.0e-5
       : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @batch_norm_c2_2(%x: tensor<1x4x8x8xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>, %m: tensor<5xf32>, %v: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.batch_norm' op expected a mean of shape 4 but got shape 5}}
  %y = cnn.batch_norm %x, %s, %b, %m, %v epsilon 1.0e-5
       : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<5xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @batch_norm_c2_3(%x: tensor<1x4x8x8xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<f32>) {
  // expected-error@+1 {{'cnn.batch_norm' op expected a variance of shape 4 but got shape scalar}}
  %y = cnn.batch_norm %x, %s, %b, %m, %v epsilon 1.0e-5
       : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @batch_norm_r(%x: tensor<1x4x8x8xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.batch_norm' op expected results of type 'tensor<1x4x8x8xf32>' but got 'tensor<1x4x8x9xf32>'}}
  %y = cnn.batch_norm %x, %s, %b, %m, %v epsilon 1.0e-5
       : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x9xf32>
  return
}

// -----

func.func @instance_norm_c1(%x: tensor<1x4xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.instance_norm' op expected an input of rank 3 or more but got rank 2}}
  %y = cnn.instance_norm %x, %s, %b epsilon 1.0e-5
       : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @instance_norm_c2_0(%x: tensor<1x4x8x8xf32>, %s: tensor<3xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.instance_norm' op expected a scale of shape 4 but got shape 3}}
  %y = cnn.instance_norm %x, %s, %b epsilon 1.0e-5
       : (tensor<1x4x8x8xf32>, tensor<3xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @instance_norm_c2_1(%x: tensor<1x4x8x8xf32>, %s: tensor<4xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{'cnn.instance_norm' op expected a bias of shape 4 but got shape 3}}
  %y = cnn.instance_norm %x, %s, %b epsilon 1.0e-5
       : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<3xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @group_norm_c1(%x: tensor<4xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.group_norm' op expected an input of rank 2 or more but got rank 1}}
  %y = cnn.group_norm %x, %s, %b num_groups 2 epsilon 1.0e-5
       : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @group_norm_c2_0(%x: tensor<1x4x8x8xf32>, %s: tensor<2xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.group_norm' op expected a scale of shape 4 but got shape 2}}
  %y = cnn.group_norm %x, %s, %b num_groups 2 epsilon 1.0e-5
       : (tensor<1x4x8x8xf32>, tensor<2xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @group_norm_c2_1(%x: tensor<1x4x8x8xf32>, %s: tensor<4xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'cnn.group_norm' op expected a bias of shape 4 but got shape 2}}
  %y = cnn.group_norm %x, %s, %b num_groups 2 epsilon 1.0e-5
       : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<2xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @group_norm_c3_0(%x: tensor<1x4x8x8xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.group_norm' op expected a group count of at least 1 but got 0}}
  %y = cnn.group_norm %x, %s, %b num_groups 0 epsilon 1.0e-5
       : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @group_norm_c3_1(%x: tensor<1x4x8x8xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.group_norm' op expected channels that 3 groups divide but got 4}}
  %y = cnn.group_norm %x, %s, %b num_groups 3 epsilon 1.0e-5
       : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @layer_norm_c1_0(%x: tensor<2x8xf32>, %s: tensor<8xf32>, %b: tensor<8xf32>) {
  // expected-error@+1 {{'cnn.layer_norm' op expected an axis from 0 to 1 but got 2}}
  %y, %m, %d = cnn.layer_norm %x, %s bias %b axis 2 epsilon 1.0e-5
       : (tensor<2x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<2x8xf32>, tensor<2x1xf32>, tensor<2x1xf32>)
  return
}

// -----

func.func @layer_norm_c1_1(%x: tensor<2x8xf32>, %s: tensor<8xf32>, %b: tensor<8xf32>) {
  // expected-error@+1 {{'cnn.layer_norm' op expected an axis from 0 to 1 but got -1}}
  %y, %m, %d = cnn.layer_norm %x, %s bias %b axis -1 epsilon 1.0e-5
       : (tensor<2x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<2x8xf32>, tensor<2x1xf32>, tensor<2x1xf32>)
  return
}

// -----

func.func @layer_norm_c2_0(%x: tensor<2x8xf32>, %s: tensor<7xf32>, %b: tensor<8xf32>) {
  // expected-error@+1 {{'cnn.layer_norm' op expected a scale that broadcasts to shape 2x8 but got shape 7}}
  %y, %m, %d = cnn.layer_norm %x, %s bias %b axis 1 epsilon 1.0e-5
       : (tensor<2x8xf32>, tensor<7xf32>, tensor<8xf32>) -> (tensor<2x8xf32>, tensor<2x1xf32>, tensor<2x1xf32>)
  return
}

// -----

func.func @layer_norm_c2_1(%x: tensor<2x8xf32>, %s: tensor<8xf32>, %b: tensor<1x2x8xf32>) {
  // expected-error@+1 {{'cnn.layer_norm' op expected a bias that broadcasts to shape 2x8 but got shape 1x2x8}}
  %y, %m, %d = cnn.layer_norm %x, %s bias %b axis 1 epsilon 1.0e-5
       : (tensor<2x8xf32>, tensor<8xf32>, tensor<1x2x8xf32>) -> (tensor<2x8xf32>, tensor<2x1xf32>, tensor<2x1xf32>)
  return
}

// -----

func.func @layer_norm_r(%x: tensor<2x8xf32>, %s: tensor<8xf32>, %b: tensor<8xf32>) {
  // expected-error@+1 {{'cnn.layer_norm' op expected results of type 'tensor<2x8xf32>', 'tensor<2x1xf32>', 'tensor<2x1xf32>' but got 'tensor<2x8xf32>', 'tensor<2x8xf32>', 'tensor<2x1xf32>'}}
  %y, %m, %d = cnn.layer_norm %x, %s bias %b axis 1 epsilon 1.0e-5
       : (tensor<2x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x1xf32>)
  return
}

// -----

func.func @lp_norm_c1(%x: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.lp_norm' op expected an axis from 0 to 1 but got 2}}
  %y = cnn.lp_norm %x axis 2 p 2 : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return
}

// -----

func.func @lp_norm_c2(%x: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.lp_norm' op expected a norm of 1 or 2 but got 3}}
  %y = cnn.lp_norm %x axis 1 p 3 : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return
}

// -----

func.func @local_response_norm_c1(%x: tensor<8xf32>) {
  // expected-error@+1 {{'cnn.local_response_norm' op expected an input of rank 2 or more but got rank 1}}
  %y = cnn.local_response_norm %x size 5 alpha 1.0e-4 beta 0.75 bias 1.0 : (tensor<8xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @local_response_norm_c2(%x: tensor<1x8x4x4xf32>) {
  // expected-error@+1 {{'cnn.local_response_norm' op expected a size of at least 1 but got 0}}
  %y = cnn.local_response_norm %x size 0 alpha 1.0e-4 beta 0.75 bias 1.0
       : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @softmax_c1_0(%x: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.softmax' op expected an axis from 0 to 1 but got 2}}
  %y = cnn.softmax %x axis 2 : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return
}

// -----

func.func @softmax_c1_1(%x: tensor<f32>) {
  // expected-error@+1 {{'cnn.softmax' op expected a tensor of rank 1 or more but got a scalar}}
  %y = cnn.softmax %x axis 0 : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @log_softmax_c1_0(%x: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.log_softmax' op expected an axis from 0 to 1 but got 2}}
  %y = cnn.log_softmax %x axis 2 : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return
}

// -----

func.func @log_softmax_c1_1(%x: tensor<f32>) {
  // expected-error@+1 {{'cnn.log_softmax' op expected a tensor of rank 1 or more but got a scalar}}
  %y = cnn.log_softmax %x axis 0 : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @hardmax_c1_0(%x: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.hardmax' op expected an axis from 0 to 1 but got 2}}
  %y = cnn.hardmax %x axis 2 : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return
}

// -----

func.func @hardmax_c1_1(%x: tensor<f32>) {
  // expected-error@+1 {{'cnn.hardmax' op expected a tensor of rank 1 or more but got a scalar}}
  %y = cnn.hardmax %x axis 0 : (tensor<f32>) -> tensor<f32>
  return
}
