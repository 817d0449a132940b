// RUN: winnow-opt %s -split-input-file -verify-diagnostics

// Functions are named by the op and the label of the constraint that they
// break, as the op's description lists them.

func.func @max_pool_w1(%x: tensor<8x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool' op expected an input of rank 3 to 5 but got rank 2}}
  %y = cnn.max_pool %x kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<8x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @max_pool_w2(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool' op expected 2 window extents but got 1}}
  %y = cnn.max_pool %x kernel [3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @max_pool_w3_0(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool' op expected a window of at least 1 but got 0}}
  %y = cnn.max_pool %x kernel [3, 0] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @max_pool_w3_1(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool' op expected strides of at least 1 but got 0}}
  %y = cnn.max_pool %x kernel [3, 3] strides [0, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @max_pool_w3_2(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool' op expected dilations of at least 1 but got 0}}
  %y = cnn.max_pool %x kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [0, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @max_pool_w4_0(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool' op expected a window that fits its input but got a window of 10 elements over 9}}
  %y = cnn.max_pool %x kernel [3, 10] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @max_pool_w4_1(%x: tensor<1x8x?x?xf32>) {
  // expected-error@+1 {{'cnn.max_pool' op expected extents that fit in 64 bits but got an overflow}}
  %y = cnn.max_pool %x kernel [3, 9223372036854775807] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 2]
       : (tensor<1x8x?x?xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @max_pool_w5_0(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool' op expected results of type 'tensor<1x8x4x5xf32>' but got 'tensor<1x8x4x4xf32>'}}
  %y = cnn.max_pool %x kernel [3, 3] strides [2, 2] pads [0, 3, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @max_pool_w5_1(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool' op expected results of type 'tensor<1x8x3x4xf32>' but got 'tensor<1x8x4x4xf32>'}}
  %y = cnn.max_pool %x kernel [3, 3] strides [2, 2] pads [0, 0, -1, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @max_pool_r_0(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool' op expected results of type 'tensor<1x8x4x4xf32>' but got 'tensor<1x8x5x4xf32>'}}
  %y = cnn.max_pool %x kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x5x4xf32>
  return
}

// -----

func.func @max_pool_r_1(%x: tensor<1x8x10x10xf32>) {
  // expected-error@+1 {{'cnn.max_pool' op expected results of type 'tensor<1x8x5x5xf32>' but got 'tensor<1x8x4x4xf32>'}}
  %y = cnn.max_pool %x kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] ceil_mode true
       : (tensor<1x8x10x10xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @average_pool_w1(%x: tensor<8x9xf32>) {
  // expected-error@+1 {{'cnn.average_pool' op expected an input of rank 3 to 5 but got rank 2}}
  %y = cnn.average_pool %x kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<8x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @average_pool_w2(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.average_pool' op expected 2 window extents but got 1}}
  %y = cnn.average_pool %x kernel [3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @average_pool_w3(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.average_pool' op expected a window of at least 1 but got 0}}
  %y = cnn.average_pool %x kernel [3, 0] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @average_pool_w4(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.average_pool' op expected a window that fits its input but got a window of 10 elements over 9}}
  %y = cnn.average_pool %x kernel [3, 10] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @average_pool_w5_0(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.average_pool' op expected results of type 'tensor<1x8x4x5xf32>' but got 'tensor<1x8x4x4xf32>'}}
  %y = cnn.average_pool %x kernel [3, 3] strides [2, 2] pads [0, 3, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @average_pool_w5_1(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.average_pool' op expected results of type 'tensor<1x8x3x4xf32>' but got 'tensor<1x8x4x4xf32>'}}
  %y = cnn.average_pool %x kernel [3, 3] strides [2, 2] pads [0, 0, -1, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @lp_pool_w1(%x: tensor<8x9xf32>) {
  // expected-error@+1 {{'cnn.lp_pool' op expected an input of rank 3 to 5 but got rank 2}}
  %y = cnn.lp_pool %x kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<8x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @lp_pool_w2(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.lp_pool' op expected 2 window extents but got 1}}
  %y = cnn.lp_pool %x kernel [3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @lp_pool_w3(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.lp_pool' op expected a window of at least 1 but got 0}}
  %y = cnn.lp_pool %x kernel [3, 0] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @lp_pool_w4(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.lp_pool' op expected a window that fits its input but got a window of 10 elements over 9}}
  %y = cnn.lp_pool %x kernel [3, 10] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @lp_pool_w5_0(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.lp_pool' op expected results of type 'tensor<1x8x4x5xf32>' but got 'tensor<1x8x4x4xf32>'}}
  %y = cnn.lp_pool %x kernel [3, 3] strides [2, 2] pads [0, 3, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @lp_pool_w5_1(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.lp_pool' op expected results of type 'tensor<1x8x3x4xf32>' but got 'tensor<1x8x4x4xf32>'}}
  %y = cnn.lp_pool %x kernel [3, 3] strides [2, 2] pads [0, 0, -1, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @lp_pool_c1(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.lp_pool' op expected a norm of at least 1 but got 0}}
  %y = cnn.lp_pool %x kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] p 0
       : (tensor<1x8x9x9xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @max_pool_with_indices_w1(%x: tensor<8x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool_with_indices' op expected an input of rank 3 to 5 but got rank 2}}
  %y, %i = cnn.max_pool_with_indices %x kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<8x9xf32>) -> (tensor<1x8x4x4xf32>, tensor<1x8x4x4xi64>)
  return
}

// -----

func.func @max_pool_with_indices_w2(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool_with_indices' op expected 2 window extents but got 1}}
  %y, %i = cnn.max_pool_with_indices %x kernel [3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> (tensor<1x8x4x4xf32>, tensor<1x8x4x4xi64>)
  return
}

// -----

func.func @max_pool_with_indices_w3(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool_with_indices' op expected a window of at least 1 but got 0}}
  %y, %i = cnn.max_pool_with_indices %x kernel [3, 0] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> (tensor<1x8x4x4xf32>, tensor<1x8x4x4xi64>)
  return
}

// -----

func.func @max_pool_with_indices_w4(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool_with_indices' op expected a window that fits its input but got a window of 10 elements over 9}}
  %y, %i = cnn.max_pool_with_indices %x kernel [3, 10] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> (tensor<1x8x4x4xf32>, tensor<1x8x4x4xi64>)
  return
}

// -----

func.func @max_pool_with_indices_w5_0(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool_with_indices' op expected results of type 'tensor<1x8x4x5xf32>', 'tensor<1x8x4x5xi64>' but got 'tensor<1x8x4x4xf32>', 'tensor<1x8x4x4xi64>'}}
  %y, %i = cnn.max_pool_with_indices %x kernel [3, 3] strides [2, 2] pads [0, 3, 0, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> (tensor<1x8x4x4xf32>, tensor<1x8x4x4xi64>)
  return
}

// -----

func.func @max_pool_with_indices_w5_1(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool_with_indices' op expected results of type 'tensor<1x8x3x4xf32>', 'tensor<1x8x3x4xi64>' but got 'tensor<1x8x4x4xf32>', 'tensor<1x8x4x4xi64>'}}
  %y, %i = cnn.max_pool_with_indices %x kernel [3, 3] strides [2, 2] pads [0, 0, -1, 0] dilations [1, 1]
       : (tensor<1x8x9x9xf32>) -> (tensor<1x8x4x4xf32>, tensor<1x8x4x4xi64>)
  return
}

// -----

func.func @max_pool_with_indices_c1(%x: tensor<1x8x9x9xf32>) {
  // expected-error@+1 {{'cnn.max_pool_with_indices' op expected a storage order of 0 or 1 but got 2}}
  %y, %i = cnn.max_pool_with_indices %x kernel [3, 3] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] storage_order 2
       : (tensor<1x8x9x9xf32>) -> (tensor<1x8x4x4xf32>, tensor<1x8x4x4xi64>)
  return
}

// -----

func.func @global_pool_c1(%x: tensor<1x8xf32>) {
  // expected-error@+1 {{'cnn.global_pool' op expected an input of rank 3 or more but got rank 2}}
  %y = cnn.global_pool average %x : (tensor<1x8xf32>) -> tensor<1x8xf32>
  return
}

// -----

func.func @global_pool_c2(%x: tensor<1x8x4x4xf32>) {
  // expected-error@+1 {{'cnn.global_pool' op expected a norm of at least 1 but got 0}}
  %y = cnn.global_pool lp %x p 0 : (tensor<1x8x4x4xf32>) -> tensor<1x8x1x1xf32>
  return
}

// -----

func.func @max_unpool_c1(%x: tensor<1x1xf32>, %i: tensor<1x1x2x2xi64>) {
  // expected-error@+1 {{'cnn.max_unpool' op expected an input of rank 3 to 5 but got rank 2}}
  %y = cnn.max_unpool %x, %i : (tensor<1x1xf32>, tensor<1x1x2x2xi64>) -> tensor<1x1x4x4xf32>
  return
}

// -----

func.func @max_unpool_c2(%x: tensor<1x1x2x2xf32>, %i: tensor<1x1x2x3xi64>) {
  // expected-error@+1 {{'cnn.max_unpool' op expected indices of shape 1x1x2x2 but got shape 1x1x2x3}}
  %y = cnn.max_unpool %x, %i : (tensor<1x1x2x2xf32>, tensor<1x1x2x3xi64>) -> tensor<1x1x4x4xf32>
  return
}

// -----

func.func @max_unpool_c3_0(%x: tensor<1x1x2x2xf32>, %i: tensor<1x1x2x2xi64>) {
  // expected-error@+1 {{'cnn.max_unpool' op expected a result of element type f32 but got f64}}
  %y = cnn.max_unpool %x, %i : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xi64>) -> tensor<1x1x4x4xf64>
  return
}

// -----

func.func @max_unpool_c3_1(%x: tensor<1x1x2x2xf32>, %i: tensor<1x1x2x2xi64>) {
  // expected-error@+1 {{'cnn.max_unpool' op expected a result of rank 4 but got rank 3}}
  %y = cnn.max_unpool %x, %i : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xi64>) -> tensor<1x4x4xf32>
  return
}

// -----

func.func @max_unpool_c3_2(%x: tensor<1x1x2x2xf32>, %i: tensor<1x1x2x2xi64>) {
  // expected-error@+1 {{'cnn.max_unpool' op expected a result of shape 1x1x4x4 but got shape 1x2x4x4}}
  %y = cnn.max_unpool %x, %i : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xi64>) -> tensor<1x2x4x4xf32>
  return
}
