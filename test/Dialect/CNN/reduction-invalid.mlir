// RUN: winnow-opt %s -split-input-file -verify-diagnostics

// Functions are named by the op and the label of the constraint that they
// break, as the op's description lists them.

func.func @reduce_c1_0(%x: tensor<1x4x8x8xf32>) {
  // expected-error@+1 {{'cnn.reduce' op expected an axis from 0 to 3 but got 4}}
  %y = cnn.reduce mean %x axes [2, 4] : (tensor<1x4x8x8xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @reduce_c1_1(%x: tensor<1x4x8x8xf32>) {
  // expected-error@+1 {{'cnn.reduce' op expected an axis from 0 to 3 but got -1}}
  %y = cnn.reduce mean %x axes [-1] : (tensor<1x4x8x8xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @reduce_c1_2(%x: tensor<1x4x8x8xf32>) {
  // expected-error@+1 {{'cnn.reduce' op expected ascending axes but got [3, 2]}}
  %y = cnn.reduce mean %x axes [3, 2] : (tensor<1x4x8x8xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @reduce_c1_3(%x: tensor<1x4x8x8xf32>) {
  // expected-error@+1 {{'cnn.reduce' op expected ascending axes but got [2, 2]}}
  %y = cnn.reduce mean %x axes [2, 2] : (tensor<1x4x8x8xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @reduce_c2(%x: tensor<4xi1>) {
  // expected-error@+1 {{'cnn.reduce' op expected 'max' or 'min' for bool elements but got 'sum'}}
  %y = cnn.reduce sum %x axes [0] : (tensor<4xi1>) -> tensor<i1>
  return
}

// -----

func.func @reduce_r(%x: tensor<1x4x8x8xf32>) {
  // expected-error@+1 {{'cnn.reduce' op expected results of type 'tensor<1x4xf32>' but got 'tensor<1x4x1x1xf32>'}}
  %y = cnn.reduce mean %x axes [2, 3] : (tensor<1x4x8x8xf32>) -> tensor<1x4x1x1xf32>
  return
}

// -----

func.func @arg_max_c1(%x: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.arg_max' op expected an axis from 0 to 1 but got 2}}
  %y = cnn.arg_max %x axis 2 : (tensor<2x8xf32>) -> tensor<2xi64>
  return
}

// -----

func.func @arg_max_r(%x: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.arg_max' op expected results of type 'tensor<2x1xi64>' but got 'tensor<2xi64>'}}
  %y = cnn.arg_max %x axis 1 keep_dims true : (tensor<2x8xf32>) -> tensor<2xi64>
  return
}

// -----

func.func @arg_min_c1(%x: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.arg_min' op expected an axis from 0 to 1 but got 2}}
  %y = cnn.arg_min %x axis 2 : (tensor<2x8xf32>) -> tensor<2xi64>
  return
}

// -----

func.func @arg_min_r(%x: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.arg_min' op expected results of type 'tensor<2x1xi64>' but got 'tensor<2xi64>'}}
  %y = cnn.arg_min %x axis 1 keep_dims true : (tensor<2x8xf32>) -> tensor<2xi64>
  return
}

// -----

func.func @top_k_c1(%x: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.top_k' op expected an axis from 0 to 1 but got 2}}
  %v, %i = cnn.top_k %x k 3 axis 2 : (tensor<2x8xf32>) -> (tensor<2x3xf32>, tensor<2x3xi64>)
  return
}

// -----

func.func @top_k_c2_0(%x: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.top_k' op expected k from 0 to the extent 8 but got 9}}
  %v, %i = cnn.top_k %x k 9 axis 1 : (tensor<2x8xf32>) -> (tensor<2x3xf32>, tensor<2x3xi64>)
  return
}

// -----

func.func @top_k_c2_1(%x: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.top_k' op expected k from 0 to the extent 8 but got -1}}
  %v, %i = cnn.top_k %x k -1 axis 1 : (tensor<2x8xf32>) -> (tensor<2x3xf32>, tensor<2x3xi64>)
  return
}

// -----

func.func @top_k_r(%x: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.top_k' op expected results of type 'tensor<2x3xf32>', 'tensor<2x3xi64>' but got 'tensor<2x8xf32>', 'tensor<2x3xi64>'}}
  %v, %i = cnn.top_k %x k 3 axis 1 : (tensor<2x8xf32>) -> (tensor<2x8xf32>, tensor<2x3xi64>)
  return
}

// -----

func.func @cum_sum_c1(%x: tensor<2x8xf32>) {
  // expected-error@+1 {{'cnn.cum_sum' op expected an axis from 0 to 1 but got 2}}
  %y = cnn.cum_sum %x axis 2 : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return
}

// -----

func.func @non_max_suppression_c1_0(%b: tensor<6x4xf32>, %s: tensor<1x1x6xf32>) {
  // expected-error@+1 {{'cnn.non_max_suppression' op expected boxes of rank 3 but got rank 2}}
  %i = cnn.non_max_suppression %b, %s max_output 3 iou_threshold 0.5
       : (tensor<6x4xf32>, tensor<1x1x6xf32>) -> tensor<?x3xi64>
  return
}

// -----

func.func @non_max_suppression_c1_1(%b: tensor<1x6x5xf32>, %s: tensor<1x1x6xf32>) {
  // expected-error@+1 {{'cnn.non_max_suppression' op expected boxes of shape 1x6x4 but got shape 1x6x5}}
  %i = cnn.non_max_suppression %b, %s max_output 3 iou_threshold 0.5
       : (tensor<1x6x5xf32>, tensor<1x1x6xf32>) -> tensor<?x3xi64>
  return
}

// -----

func.func @non_max_suppression_c2_0(%b: tensor<1x6x4xf32>, %s: tensor<1x6xf32>) {
  // expected-error@+1 {{'cnn.non_max_suppression' op expected scores of rank 3 but got rank 2}}
  %i = cnn.non_max_suppression %b, %s max_output 3 iou_threshold 0.5
       : (tensor<1x6x4xf32>, tensor<1x6xf32>) -> tensor<?x3xi64>
  return
}

// -----

func.func @non_max_suppression_c2_1(%b: tensor<1x6x4xf32>, %s: tensor<1x1x7xf32>) {
  // expected-error@+1 {{'cnn.non_max_suppression' op expected scores of shape 1x1x6 but got shape 1x1x7}}
  %i = cnn.non_max_suppression %b, %s max_output 3 iou_threshold 0.5
       : (tensor<1x6x4xf32>, tensor<1x1x7xf32>) -> tensor<?x3xi64>
  return
}

// -----

func.func @non_max_suppression_c2_2(%b: tensor<1x6x4xf32>, %s: tensor<2x1x6xf32>) {
  // expected-error@+1 {{'cnn.non_max_suppression' op expected scores of shape 1x1x6 but got shape 2x1x6}}
  %i = cnn.non_max_suppression %b, %s max_output 3 iou_threshold 0.5
       : (tensor<1x6x4xf32>, tensor<2x1x6xf32>) -> tensor<?x3xi64>
  return
}

// -----

func.func @non_max_suppression_c3(%b: tensor<1x6x4xf32>, %s: tensor<1x1x6xf32>) {
  // expected-error@+1 {{'cnn.non_max_suppression' op expected a max_output of at least 0 but got -1}}
  %i = cnn.non_max_suppression %b, %s max_output -1 iou_threshold 0.5
       : (tensor<1x6x4xf32>, tensor<1x1x6xf32>) -> tensor<?x3xi64>
  return
}

// -----

func.func @non_max_suppression_c4_0(%b: tensor<1x6x4xf32>, %s: tensor<1x1x6xf32>) {
  // expected-error@+1 {{'cnn.non_max_suppression' op expected an iou_threshold from 0 to 1 but got 1.500000e+00}}
  %i = cnn.non_max_suppression %b, %s max_output 3 iou_threshold 1.5
       : (tensor<1x6x4xf32>, tensor<1x1x6xf32>) -> tensor<?x3xi64>
  return
}

// -----

func.func @non_max_suppression_c4_1(%b: tensor<1x6x4xf32>, %s: tensor<1x1x6xf32>) {
  // expected-error@+1 {{'cnn.non_max_suppression' op expected an iou_threshold from 0 to 1 but got -5.000000e-01}}
  %i = cnn.non_max_suppression %b, %s max_output 3 iou_threshold -0.5
       : (tensor<1x6x4xf32>, tensor<1x1x6xf32>) -> tensor<?x3xi64>
  return
}
