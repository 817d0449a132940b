// Elementwise ops, reductions and movements of tosa.
func.func @main(%a: tensor<2x3x4xf32>, %b: tensor<2x1x4xf32>) -> (tensor<2x3x4xf32>, tensor<4x3x2xf32>, tensor<2x6x4xf32>, tensor<2x5x6xf32>, tensor<2x3x1xf32>, tensor<2x6x4xf32>) {
  %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %half = "tosa.const"() <{values = dense<0.5> : tensor<1xf32>}> : () -> tensor<1xf32>
  %two = "tosa.const"() <{values = dense<2.0> : tensor<1x1x1xf32>}> : () -> tensor<1x1x1xf32>
  %0 = tosa.add %a, %b : (tensor<2x3x4xf32>, tensor<2x1x4xf32>) -> tensor<2x3x4xf32>
  %1 = tosa.mul %0, %a, %shift : (tensor<2x3x4xf32>, tensor<2x3x4xf32>, tensor<1xi8>) -> tensor<2x3x4xf32>
  %2 = tosa.tanh %1 : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %3 = tosa.abs %2 : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %4 = tosa.add %3, %two : (tensor<2x3x4xf32>, tensor<1x1x1xf32>) -> tensor<2x3x4xf32>
  %5 = tosa.rsqrt %4 : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %6 = tosa.log %4 : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %7 = tosa.maximum %5, %6 : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %8 = tosa.pow %4, %a : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %9 = tosa.minimum %7, %8 : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %c = tosa.greater %a, %b : (tensor<2x3x4xf32>, tensor<2x1x4xf32>) -> tensor<2x3x4xi1>
  %n = tosa.negate %9, %zero, %zero : (tensor<2x3x4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x3x4xf32>
  %10 = tosa.select %c, %9, %n : (tensor<2x3x4xi1>, tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %11 = tosa.transpose %10 {perms = array<i32: 2, 1, 0>} : (tensor<2x3x4xf32>) -> tensor<4x3x2xf32>
  %12 = tosa.concat %10, %a {axis = 1 : i32} : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x6x4xf32>
  %p = tosa.const_shape {values = dense<[0, 0, 1, 1, 2, 0]> : tensor<6xindex>} : () -> !tosa.shape<6>
  %13 = tosa.pad %10, %p, %half : (tensor<2x3x4xf32>, !tosa.shape<6>, tensor<1xf32>) -> tensor<2x5x6xf32>
  %t = tosa.const_shape {values = dense<[0, 1, 2]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %z = tosa.const_shape {values = dense<[2, 3, 4]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %14 = tosa.slice %13, %t, %z : (tensor<2x5x6xf32>, !tosa.shape<3>, !tosa.shape<3>) -> tensor<2x3x4xf32>
  %15 = tosa.reduce_sum %14 {axis = 2 : i32} : (tensor<2x3x4xf32>) -> tensor<2x3x1xf32>
  %m = tosa.const_shape {values = dense<[1, 2, 1]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %16 = tosa.tile %10, %m : (tensor<2x3x4xf32>, !tosa.shape<3>) -> tensor<2x6x4xf32>
  %17 = tosa.reverse %16 {axis = 1 : i32} : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  return %10, %11, %12, %13, %15, %17 : tensor<2x3x4xf32>, tensor<4x3x2xf32>, tensor<2x6x4xf32>, tensor<2x5x6xf32>, tensor<2x3x1xf32>, tensor<2x6x4xf32>
}
