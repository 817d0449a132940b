//===- ParallelTest.cpp - several compilations in one process ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Run by tools/tsan.sh under ThreadSanitizer as well.
//
//===----------------------------------------------------------------------===//

#include "TestModels.h"

#include "llvm/TargetParser/Host.h"
#include "gtest/gtest.h"

#include <atomic>
#include <thread>

using namespace winnow;
using namespace winnow::test;

/// Runs `work(i)` for each of `count` threads, which all begin at once.
template <typename Fn> static void runAtOnce(size_t count, Fn work) {
  std::atomic<size_t> waiting{count};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      for (--waiting; waiting > 0;)
        std::this_thread::yield();
      work(i);
    });
  for (std::thread &thread : threads)
    thread.join();
}

/// The library of a model; empty (and a failure of the test) where it does not compile.
static std::string compileModel(const TestModel &model) {
  std::string messages;
  llvm::raw_string_ostream errors(messages);
  CompileResult result;
  bool compiled = mlir::succeeded(compile(makeOptions(model), result, errors));
  EXPECT_TRUE(compiled) << model.name << ": " << messages;
  return compiled ? result.output->getBuffer().str() : "";
}

/// Whether this machine runs code for x86-64-v3.
static bool runsTestModels() {
  auto features = llvm::sys::getHostCPUFeatures();
  return features.lookup("avx2") && features.lookup("fma") && features.lookup("bmi2") && features.lookup("f16c");
}

TEST(Parallel, gives_the_bytes_of_serial_compilation) {
  std::vector<TestModel> models = makeTestModels();
  ASSERT_EQ(models.size(), 8u);
  std::vector<std::string> serial, parallel(models.size());
  for (const TestModel &model : models)
    serial.push_back(compileModel(model));
  runAtOnce(models.size(), [&](size_t i) { parallel[i] = compileModel(models[i]); });
  for (size_t i = 0; i < models.size(); ++i) {
    EXPECT_FALSE(serial[i].empty()) << models[i].name;
    EXPECT_TRUE(serial[i] == parallel[i]) << models[i].name << ": other bytes when compiled in parallel";
  }
}

TEST(Parallel, models_run_at_once) {
  if (!runsTestModels())
    GTEST_SKIP() << "the models are for processors with AVX2 and FMA";
  std::vector<TestModel> models = makeTestModels();
  std::vector<std::string> results(models.size()), again(models.size());
  runAtOnce(models.size(), [&](size_t i) { results[i] = runOnOnes(compileModel(models[i])); });
  for (size_t i = 0; i < models.size(); ++i)
    again[i] = runOnOnes(compileModel(models[i]));
  for (size_t i = 0; i < models.size(); ++i) {
    EXPECT_FALSE(results[i].empty()) << models[i].name;
    EXPECT_TRUE(results[i] == again[i]) << models[i].name;
  }
  // 1 + 1, and its relu.
  const float *sums = reinterpret_cast<const float *>(results[7].data());
  ASSERT_EQ(results[7].size(), 16 * sizeof(float));
  EXPECT_EQ(sums[0], 2.0f);
  EXPECT_EQ(sums[15], 2.0f);
}

TEST(Parallel, errors_stay_with_their_compilation) {
  std::vector<TestModel> models = makeTestModels();
  for (size_t i = 0; i < models.size(); i += 2)
    models[i].bytes = "neither MLIR nor ONNX";
  std::vector<std::vector<CompileDiagnostic>> diagnostics(models.size());
  std::atomic<int> failures{0};
  runAtOnce(models.size(), [&](size_t i) {
    CompileOptions options = makeOptions(models[i]);
    options.diagnostics = [&, i](const CompileDiagnostic &diagnostic) { diagnostics[i].push_back(diagnostic); };
    CompileResult result;
    failures += mlir::failed(compile(options, result));
  });
  EXPECT_EQ(failures, 4);
  for (size_t i = 0; i < models.size(); ++i) {
    EXPECT_EQ(diagnostics[i].empty(), i % 2 == 1) << models[i].name;
    for (const CompileDiagnostic &diagnostic : diagnostics[i])
      EXPECT_EQ(diagnostic.file, models[i].name);
  }
}
