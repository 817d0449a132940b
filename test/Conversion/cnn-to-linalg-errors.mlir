// RUN: winnow-opt %s --winnow-convert-cnn-to-linalg -split-input-file -verify-diagnostics

func.func @no_counterpart(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  // expected-error @+1 {{'cnn.cum_sum' op cannot become linalg: there is no op of this meaning}}
  %y = cnn.cum_sum %x axis 1 : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// -----

func.func @layout(%x: tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32, #cnn.layout<block = 16>> {
  // expected-error @+1 {{'cnn.relu' op cannot become linalg: expected no layouts; leave before the algorithm phase}}
  %y = cnn.relu %x : (tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32, #cnn.layout<block = 16>>
  return %y : tensor<1x16x4x4xf32, #cnn.layout<block = 16>>
}

// -----

func.func @unsigned(%x: tensor<4xui8>, %y: tensor<4xui8>) -> tensor<4xui8> {
  // expected-error @+1 {{'cnn.add' op cannot become linalg: linalg's scalars have no unsigned integers}}
  %z = cnn.add %x, %y : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  return %z : tensor<4xui8>
}

// -----

func.func @function(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'cnn.asinh' op cannot become linalg: arith and math have no such function}}
  %y = cnn.asinh %x : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @groups(%x: tensor<1x4x8xf32>, %w: tensor<4x2x3xf32>) -> tensor<1x4x6xf32> {
  // expected-error @+1 {{'cnn.convolution' op cannot become linalg: linalg has grouped convolutions in two dimensions only}}
  %y = cnn.convolution %x, %w strides [1] pads [0, 0] dilations [1] group 2 : (tensor<1x4x8xf32>, tensor<4x2x3xf32>) -> tensor<1x4x6xf32>
  return %y : tensor<1x4x6xf32>
}

// -----

func.func @backwards(%x: tensor<8xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'cnn.slice' op cannot become linalg: slices that walk backwards are not supported}}
  %y = cnn.slice %x axes [0] starts [7] ends [0] steps [-2] : (tensor<8xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
