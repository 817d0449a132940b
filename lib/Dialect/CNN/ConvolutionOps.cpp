//===- ConvolutionOps.cpp - verifiers, inference and folders ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Dialect/CNN/CNN.h"

using namespace mlir;
using namespace winnow::cnn;

#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/ConvolutionOps.cpp.inc"

void CNNDialect::registerConvolutionOps() {
  addOperations<
#define GET_OP_LIST
#include "winnow/Dialect/CNN/ConvolutionOps.cpp.inc"
      >();
}
