//===- LoadTest.cpp - compiled models in this process --------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestModels.h"

#include "winnow/Runtime/ModelLibrary.h"
#include "winnow/Target/OutputFile.h"

#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

using namespace winnow;
using namespace winnow::test;

/// The library of test model `index`, as bytes.
static std::string compileModel(size_t index) {
  TestModel model = makeTestModels()[index];
  CompileOptions options = makeOptions(model);
  options.target = "host";
  CompileResult result;
  EXPECT_TRUE(mlir::succeeded(compile(options, result)));
  return result.output ? result.output->getBuffer().str() : "";
}

static int32_t countInputs(const ModelLibrary *library) {
  return library ? library->getFunctions().inputCount(library->getModel()) : -1;
}

TEST(Load, a_file_compiled_anew_is_not_the_old_one) {
  std::string one = compileModel(6), two = compileModel(7), error;
  TemporaryFiles files;
  llvm::Expected<std::string> path = files.add("so", one);
  ASSERT_TRUE(static_cast<bool>(path));
  auto first = ModelLibrary::load(*path, error);
  EXPECT_EQ(countInputs(first.get()), 1) << error;
  ASSERT_FALSE(static_cast<bool>(writeFile(*path, [&](llvm::raw_pwrite_stream &stream) {
    stream << two;
    return llvm::Error::success();
  })));
  auto second = ModelLibrary::load(*path, error);
  EXPECT_EQ(countInputs(second.get()), 2) << error;
  EXPECT_EQ(countInputs(first.get()), 1);
}

TEST(Load, a_library_is_not_found_under_the_name_of_another) {
  std::string one = compileModel(6), two = compileModel(7), error;
  TemporaryFiles files;
  llvm::Expected<std::string> path = files.add("so", one);
  ASSERT_TRUE(static_cast<bool>(path));
  // The second handle on a file leaves its name with the library when it goes, and its descriptor is free again.
  auto kept = ModelLibrary::load(*path, error);
  ModelLibrary::load(*path, error).reset();
  auto other = ModelLibrary::loadBytes(two, error);
  EXPECT_EQ(countInputs(other.get()), 2) << error;
  EXPECT_EQ(countInputs(kept.get()), 1);
}

TEST(Load, what_is_no_model_is_refused) {
  std::string error;
  EXPECT_EQ(ModelLibrary::load("none.so", error), nullptr);
  EXPECT_EQ(error, "none.so: cannot be loaded: No such file or directory");
  EXPECT_EQ(ModelLibrary::loadBytes("text", error), nullptr);
  EXPECT_EQ(error, "a model in memory: cannot be loaded: file too short");
}
