//===- IntegerRange.cpp - activations of quantized results ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Dialect/CNN/IntegerRange.h"

#include "winnow/Support/QuantizedTypes.h"

#include <cmath>

using namespace mlir;

namespace winnow::cnn {

std::optional<std::pair<int64_t, int64_t>> getIntegerRange(ActivationAttr activation,
                                                           quant::UniformQuantizedType type) {
  float lower = -HUGE_VALF, upper = HUGE_VALF;
  if (activation && activation.getKind() == ActivationKind::Clip) {
    lower = static_cast<float>(activation.getParam(0));
    upper = static_cast<float>(activation.getParam(1));
  } else if (activation && activation.getKind() == ActivationKind::Relu) {
    lower = 0;
  } else if (activation) {
    return std::nullopt;
  }
  return std::pair(quantizeTo(type, lower), quantizeTo(type, upper));
}

} // namespace winnow::cnn
