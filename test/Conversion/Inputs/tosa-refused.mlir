func.func @main(%x: tensor<4xi32>) -> tensor<4xi32> {
  %y = tosa.clz %x : (tensor<4xi32>) -> tensor<4xi32>
  return %y : tensor<4xi32>
}
