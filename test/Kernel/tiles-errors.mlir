// RUN: winnow-opt %s --winnow-lower-to-kernels --split-input-file --verify-diagnostics

!input = tensor<1x64x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>

func.func @groups(%x: !input) -> !input {
  %0 = arith.constant dense<3> : tensor<64x32x1x1xi8>
  %w = quant.scast %0 : tensor<64x32x1x1xi8> to tensor<64x32x1x1x!quant.uniform<i8:f32, 0.25>>
  // expected-error@+1 {{tiles take all channels in one group}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 2
     algorithm <tiles, pixels = 16, channels = 32, outputs = 64> : (!input, tensor<64x32x1x1x!quant.uniform<i8:f32, 0.25>>) -> !input
  return %y : !input
}

// -----

!input = tensor<1x64x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>

func.func @rows(%x: !input) -> !input {
  %0 = arith.constant dense<3> : tensor<64x64x1x1xi8>
  %w = quant.scast %0 : tensor<64x64x1x1xi8> to tensor<64x64x1x1x!quant.uniform<i8:f32, 0.25>>
  // expected-error@+1 {{tiles have 1 to 16 rows}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     algorithm <tiles, pixels = 17, channels = 32, outputs = 64> : (!input, tensor<64x64x1x1x!quant.uniform<i8:f32, 0.25>>) -> !input
  return %y : !input
}

// -----

!input = tensor<1x64x8x8x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>

func.func @strip(%x: !input) -> !input {
  %0 = arith.constant dense<3> : tensor<64x64x1x1xi8>
  %w = quant.scast %0 : tensor<64x64x1x1xi8> to tensor<64x64x1x1x!quant.uniform<i8:f32, 0.25>>
  // expected-error@+1 {{tiles need the rows or pixels of a strip}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     algorithm <tiles, pixels = 16, channels = 32> : (!input, tensor<64x64x1x1x!quant.uniform<i8:f32, 0.25>>) -> !input
  return %y : !input
}

// -----

!input = tensor<1x64x64x64x!quant.uniform<u8:f32, 0.5>, #cnn.layout<block = 16>>

func.func @panel(%x: !input) -> !input {
  %0 = arith.constant dense<3> : tensor<64x64x1x1xi8>
  %w = quant.scast %0 : tensor<64x64x1x1xi8> to tensor<64x64x1x1x!quant.uniform<i8:f32, 0.25>>
  // expected-error@+1 {{the panel of a strip is larger than 192 KB}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     algorithm <tiles, pixels = 16, channels = 32, outputs = 4096> : (!input, tensor<64x64x1x1x!quant.uniform<i8:f32, 0.25>>) -> !input
  return %y : !input
}

// -----

!real = tensor<1x64x8x8xf32, #cnn.layout<block = 8>>

func.func @real(%x: !real) -> !real {
  %w = arith.constant dense<3.0> : tensor<64x64x1x1xf32>
  // expected-error@+1 {{tiles multiply bytes or bf16}}
  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     algorithm <tiles, pixels = 16, channels = 32, outputs = 64> : (!real, tensor<64x64x1x1xf32>) -> !real
  return %y : !real
}
