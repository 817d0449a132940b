// RUN: winnow-opt %s -split-input-file -verify-diagnostics

// Functions are named by the op and the label of the constraint that they
// break, as the op's description lists them.

func.func @resize_c1_0(%x: tensor<1x3x4x4xf32>) {
  // expected-error@+1 {{'cnn.resize' op expected a result of element type f32 but got f64}}
  %y = cnn.resize linear %x coordinates half_pixel rounding floor scales [1.0, 1.0, 2.0, 2.0]
       : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf64>
  return
}

// -----

func.func @resize_c1_1(%x: tensor<1x3x4x4xf32>) {
  // expected-error@+1 {{'cnn.resize' op expected a result of rank 4 but got rank 3}}
  %y = cnn.resize linear %x coordinates half_pixel rounding floor scales [1.0, 1.0, 2.0, 2.0]
       : (tensor<1x3x4x4xf32>) -> tensor<3x8x8xf32>
  return
}

// -----

func.func @resize_c2_0(%x: tensor<1x3x4x4xf32>) {
  // expected-error@+1 {{'cnn.resize' op expected 4 scales but got 2}}
  %y = cnn.resize linear %x coordinates half_pixel rounding floor scales [2.0, 2.0]
       : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf32>
  return
}

// -----

func.func @resize_c2_1(%x: tensor<1x3x4x4xf32>) {
  // expected-error@+1 {{'cnn.resize' op expected scales above 0 but got 0.000000e+00}}
  %y = cnn.resize linear %x coordinates half_pixel rounding floor scales [1.0, 1.0, 0.0, 2.0]
       : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf32>
  return
}

// -----

func.func @resize_c2_2(%x: tensor<1x3x4x4xf32>) {
  // expected-error@+1 {{'cnn.resize' op expected scales above 0 but got INF}}
  %y = cnn.resize linear %x coordinates half_pixel rounding floor scales [1.0, 1.0, 0x7FF0000000000000, 2.0]
       : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf32>
  return
}

// -----

func.func @resize_c3_0(%x: tensor<1x3x4x4xf32>) {
  // expected-error@+1 {{'cnn.resize' op expected 8 bounds in roi but got 0}}
  %y = cnn.resize linear %x coordinates tf_crop_and_resize rounding floor scales [1.0, 1.0, 2.0, 2.0]
       : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf32>
  return
}

// -----

func.func @resize_c3_1(%x: tensor<1x3x4x4xf32>) {
  // expected-error@+1 {{'cnn.resize' op expected 8 bounds in roi but got 2}}
  %y = cnn.resize linear %x coordinates tf_crop_and_resize rounding floor scales [1.0, 1.0, 2.0, 2.0] roi [0.0, 1.0]
       : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf32>
  return
}

// -----

func.func @resize_c4(%x: tensor<1x3x4x4xf32>) {
  // expected-error@+1 {{'cnn.resize' op expected a static extent from one of 4 but got a dynamic one}}
  %y = cnn.resize linear %x coordinates half_pixel rounding floor scales [1.0, 1.0, 2.0, 2.0]
       : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x?xf32>
  return
}

// -----

func.func @resize_c5(%x: tensor<1x3x0x4xf32>) {
  // expected-error@+1 {{'cnn.resize' op expected a result of extent 0 from an empty input but got 1x3x8x8}}
  %y = cnn.resize linear %x coordinates half_pixel rounding floor scales [1.0, 1.0, 2.0, 2.0]
       : (tensor<1x3x0x4xf32>) -> tensor<1x3x8x8xf32>
  return
}

// -----

func.func @grid_sample_c1_0(%x: tensor<1x3xf32>, %g: tensor<1x2xf32>) {
  // expected-error@+1 {{'cnn.grid_sample' op expected input and grid of one rank of 3 or more but got ranks 2 and 2}}
  %y = cnn.grid_sample linear %x, %g padding zeros : (tensor<1x3xf32>, tensor<1x2xf32>) -> tensor<1x3x6x6xf32>
  return
}

// -----

func.func @grid_sample_c1_1(%x: tensor<1x3x4x4xf32>, %g: tensor<1x6x2xf32>) {
  // expected-error@+1 {{'cnn.grid_sample' op expected input and grid of one rank of 3 or more but got ranks 4 and 3}}
  %y = cnn.grid_sample linear %x, %g padding zeros
       : (tensor<1x3x4x4xf32>, tensor<1x6x2xf32>) -> tensor<1x3x6x6xf32>
  return
}

// -----

func.func @grid_sample_c2_0(%x: tensor<1x3x4x4xf32>, %g: tensor<2x6x6x2xf32>) {
  // expected-error@+1 {{'cnn.grid_sample' op expected a grid of shape 1x6x6x2 but got shape 2x6x6x2}}
  %y = cnn.grid_sample linear %x, %g padding zeros
       : (tensor<1x3x4x4xf32>, tensor<2x6x6x2xf32>) -> tensor<1x3x6x6xf32>
  return
}

// -----

func.func @grid_sample_c2_1(%x: tensor<1x3x4x4xf32>, %g: tensor<1x6x6x3xf32>) {
  // expected-error@+1 {{'cnn.grid_sample' op expected a grid of shape 1x6x6x2 but got shape 1x6x6x3}}
  %y = cnn.grid_sample linear %x, %g padding zeros
       : (tensor<1x3x4x4xf32>, tensor<1x6x6x3xf32>) -> tensor<1x3x6x6xf32>
  return
}

// -----

func.func @grid_sample_r(%x: tensor<1x3x4x4xf32>, %g: tensor<1x6x6x2xf32>) {
  // expected-error@+1 {{'cnn.grid_sample' op expected results of type 'tensor<1x3x6x6xf32>' but got 'tensor<1x3x4x4xf32>'}}
  %y = cnn.grid_sample linear %x, %g padding zeros
       : (tensor<1x3x4x4xf32>, tensor<1x6x6x2xf32>) -> tensor<1x3x4x4xf32>
  return
}

// -----

func.func @roi_align_c1(%x: tensor<3x8x8xf32>, %r: tensor<4x4xf32>, %b: tensor<4xi64>) {
  // expected-error@+1 {{'cnn.roi_align' op expected an input of rank 4 but got rank 3}}
  %y = cnn.roi_align average %x, %r, %b output_size [2, 2] sampling_ratio 2 spatial_scale 1.0
       : (tensor<3x8x8xf32>, tensor<4x4xf32>, tensor<4xi64>) -> tensor<4x3x2x2xf32>
  return
}

// -----

func.func @roi_align_c2_0(%x: tensor<1x3x8x8xf32>, %r: tensor<4xf32>, %b: tensor<4xi64>) {
  // expected-error@+1 {{'cnn.roi_align' op expected regions of rank 2 but got rank 1}}
  %y = cnn.roi_align average %x, %r, %b output_size [2, 2] sampling_ratio 2 spatial_scale 1.0
       : (tensor<1x3x8x8xf32>, tensor<4xf32>, tensor<4xi64>) -> tensor<4x3x2x2xf32>
  return
}

// -----

func.func @roi_align_c2_1(%x: tensor<1x3x8x8xf32>, %r: tensor<4x5xf32>, %b: tensor<4xi64>) {
  // expected-error@+1 {{'cnn.roi_align' op expected regions of shape 4x4 but got shape 4x5}}
  %y = cnn.roi_align average %x, %r, %b output_size [2, 2] sampling_ratio 2 spatial_scale 1.0
       : (tensor<1x3x8x8xf32>, tensor<4x5xf32>, tensor<4xi64>) -> tensor<4x3x2x2xf32>
  return
}

// -----

func.func @roi_align_c2_2(%x: tensor<1x3x8x8xf32>, %r: tensor<4x4xf32>, %b: tensor<3xi64>) {
  // expected-error@+1 {{'cnn.roi_align' op expected batch indices of shape 4 but got shape 3}}
  %y = cnn.roi_align average %x, %r, %b output_size [2, 2] sampling_ratio 2 spatial_scale 1.0
       : (tensor<1x3x8x8xf32>, tensor<4x4xf32>, tensor<3xi64>) -> tensor<4x3x2x2xf32>
  return
}

// -----

func.func @roi_align_c3_0(%x: tensor<1x3x8x8xf32>, %r: tensor<4x4xf32>, %b: tensor<4xi64>) {
  // expected-error@+1 {{'cnn.roi_align' op expected an output size of two extents of at least 1 but got [2]}}
  %y = cnn.roi_align average %x, %r, %b output_size [2] sampling_ratio 2 spatial_scale 1.0
       : (tensor<1x3x8x8xf32>, tensor<4x4xf32>, tensor<4xi64>) -> tensor<4x3x2x2xf32>
  return
}

// -----

func.func @roi_align_c3_1(%x: tensor<1x3x8x8xf32>, %r: tensor<4x4xf32>, %b: tensor<4xi64>) {
  // expected-error@+1 {{'cnn.roi_align' op expected an output size of two extents of at least 1 but got [2, 0]}}
  %y = cnn.roi_align average %x, %r, %b output_size [2, 0] sampling_ratio 2 spatial_scale 1.0
       : (tensor<1x3x8x8xf32>, tensor<4x4xf32>, tensor<4xi64>) -> tensor<4x3x2x2xf32>
  return
}

// -----

func.func @roi_align_c4(%x: tensor<1x3x8x8xf32>, %r: tensor<4x4xf32>, %b: tensor<4xi64>) {
  // expected-error@+1 {{'cnn.roi_align' op expected 'average' or 'max' but got 'lp'}}
  %y = cnn.roi_align lp %x, %r, %b output_size [2, 2] sampling_ratio 2 spatial_scale 1.0
       : (tensor<1x3x8x8xf32>, tensor<4x4xf32>, tensor<4xi64>) -> tensor<4x3x2x2xf32>
  return
}

// -----

func.func @roi_align_c5(%x: tensor<1x3x8x8xf32>, %r: tensor<4x4xf32>, %b: tensor<4xi64>) {
  // expected-error@+1 {{'cnn.roi_align' op expected a sampling ratio of at least 0 but got -1}}
  %y = cnn.roi_align average %x, %r, %b output_size [2, 2] sampling_ratio -1 spatial_scale 1.0
       : (tensor<1x3x8x8xf32>, tensor<4x4xf32>, tensor<4xi64>) -> tensor<4x3x2x2xf32>
  return
}
