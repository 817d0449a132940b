//===- IntegerRange.h - activations of quantized results --------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DIALECT_CNN_INTEGERRANGE_H
#define WINNOW_DIALECT_CNN_INTEGERRANGE_H

#include "winnow/Dialect/CNN/CNN.h"

#include <optional>

namespace winnow::cnn {

/// The stored integers, first and last, between which `activation` (null: none) keeps a result of type `type`: rounding
/// and clipping may change places, as both are monotonic. Nothing for activations that do more than clip.
std::optional<std::pair<int64_t, int64_t>> getIntegerRange(ActivationAttr activation,
                                                           mlir::quant::UniformQuantizedType type);

} // namespace winnow::cnn

#endif // WINNOW_DIALECT_CNN_INTEGERRANGE_H
