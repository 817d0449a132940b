//===- PipelineTextTest.cpp - pipelines of phases as text -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Driver/Phases.h"
#include "winnow/InitAll.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace winnow;

namespace {

std::string print(const OpPassManager &pm) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  pm.printAsTextualPipeline(stream);
  return text;
}

/// The text of each phase's passes, which reproducers of crashes hold, means the same passes with the same options.
void expectRoundTrip(const CompileOptions &options) {
  registerAllPasses();
  MLIRContext context;
  for (const Phase &phase : getPhases()) {
    if (!phase.build)
      continue;
    PassManager built(&context), parsed(&context);
    phase.build(built, options);
    std::string text = print(built), errors;
    llvm::raw_string_ostream stream(errors);
    // The text names the op that the passes run on: `builtin.module(...)`.
    ASSERT_TRUE(succeeded(parsePassPipeline(text, static_cast<OpPassManager &>(parsed), stream)))
        << phase.name.str() << ": " << errors;
    std::string again = print(parsed);
    EXPECT_NE(again.find(text.substr(text.find('(') + 1)), std::string::npos) << phase.name.str() << ":\n"
                                                                              << text << "\nbecame\n"
                                                                              << again;
  }
}

TEST(PipelineText, DefaultOptions) { expectRoundTrip({}); }

TEST(PipelineText, OtherOptions) {
  CompileOptions options;
  options.import.batch = 3;
  options.algorithm = "winograd";
  options.threads = 5;
  options.forkJoinCycles = 0.25;
  options.instrument = true;
  expectRoundTrip(options);
}

} // namespace
