//===- Activation.h - activation functions on one number ------ -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_INTERPRETER_ACTIVATION_H
#define WINNOW_LIB_INTERPRETER_ACTIVATION_H

#include "winnow/Dialect/CNN/CNN.h"

namespace winnow {

/// The value of an activation function at `x`; `x` itself without one.
double applyActivation(cnn::ActivationAttr activation, double x);

} // namespace winnow

#endif // WINNOW_LIB_INTERPRETER_ACTIVATION_H
