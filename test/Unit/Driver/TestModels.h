//===- TestModels.h - small models for tests of the driver ------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TEST_UNIT_DRIVER_TESTMODELS_H
#define WINNOW_TEST_UNIT_DRIVER_TESTMODELS_H

#include "winnow/Driver/Compile.h"

#include <string>
#include <vector>

namespace winnow::test {

/// A model in memory and how to compile it.
struct TestModel {
  std::string name, bytes, algorithm;
};

/// Eight models that take different ways through the compiler: the ONNX demo network, convolutions by several
/// algorithms, pools, fully connected layers, a dynamic batch.
std::vector<TestModel> makeTestModels();

/// Options that give equal code everywhere, for a library in memory. `model` must outlive them.
CompileOptions makeOptions(const TestModel &model);

/// The outputs of a compiled library on inputs of ones at batch 1, byte after byte; empty after an error.
std::string runOnOnes(llvm::StringRef library);

} // namespace winnow::test

#endif // WINNOW_TEST_UNIT_DRIVER_TESTMODELS_H
