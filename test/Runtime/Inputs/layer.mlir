// One layer, whose input and output have 256 elements.
module attributes {winnow.model_name = "small"} {
  func.func @main(%x: tensor<1x4x8x8xf32> {winnow.name = "x"}) -> (tensor<1x4x8x8xf32> {winnow.name = "y"}) {
    %y = cnn.relu %x : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> loc("a<b")
    return %y : tensor<1x4x8x8xf32>
  }
}
