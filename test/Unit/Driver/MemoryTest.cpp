//===- MemoryTest.cpp - models and code in memory ------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestModels.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace winnow;
using namespace winnow::test;

/// The first diagnostic of a compilation that must fail.
static CompileDiagnostic compileBadly(CompileOptions options) {
  std::vector<CompileDiagnostic> diagnostics;
  options.diagnostics = [&](const CompileDiagnostic &diagnostic) { diagnostics.push_back(diagnostic); };
  CompileResult result;
  EXPECT_TRUE(mlir::failed(compile(options, result)));
  EXPECT_FALSE(diagnostics.empty());
  EXPECT_EQ(result.output, nullptr);
  return diagnostics.empty() ? CompileDiagnostic() : diagnostics.front();
}

TEST(Memory, every_kind_of_output) {
  TestModel model = makeTestModels()[3];
  std::pair<OutputKind, llvm::StringRef> kinds[] = {{OutputKind::MLIR, "\"builtin.module\""},
                                                    {OutputKind::LLVMIR, "; ModuleID"},
                                                    {OutputKind::Assembly, "\t"},
                                                    {OutputKind::Object, "\x7f"
                                                                         "ELF"},
                                                    {OutputKind::SharedLibrary, "\x7f"
                                                                                "ELF"}};
  for (auto &[kind, begin] : kinds) {
    CompileOptions options = makeOptions(model);
    options.memoryOutput = kind;
    CompileResult result;
    ASSERT_TRUE(mlir::succeeded(compile(options, result)));
    ASSERT_NE(result.output, nullptr);
    if (kind != OutputKind::MLIR)
      EXPECT_TRUE(result.output->getBuffer().starts_with(begin)) << getOutputEnding(kind).str();
    EXPECT_EQ(result.header.find("winnow_model_pointwise(void)") != std::string::npos, kind == OutputKind::Object);
    EXPECT_EQ(result.symbol, kind == OutputKind::Object ? "winnow_model_pointwise" : "");
  }
}

TEST(Memory, report_outlives_the_compilation) {
  TestModel model = makeTestModels()[1];
  CompileResult result;
  ASSERT_TRUE(mlir::succeeded(compile(makeOptions(model), result)));
  std::string json;
  llvm::raw_string_ostream stream(json);
  printReport(result.report, ReportFormat::JSON, stream);
  EXPECT_NE(json.find("\"type\": \"f32\""), std::string::npos);
  EXPECT_NE(json.find("\"direct\""), std::string::npos);
}

TEST(Memory, modules_of_a_caller_stay_as_they_are) {
  TestModel model = makeTestModels()[2];
  mlir::DialectRegistry registry;
  registerDriverDialects(registry);
  mlir::MLIRContext context(registry);
  mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(makeOptions(model), &context);
  ASSERT_TRUE(module);
  auto print = [&] {
    std::string text;
    llvm::raw_string_ostream stream(text);
    module->print(stream);
    return text;
  };
  std::string before = print();
  CompileOptions options = makeOptions(model);
  CompileResult fromModule, fromText;
  ASSERT_TRUE(mlir::succeeded(compileModule(*module, options, fromModule)));
  ASSERT_TRUE(mlir::succeeded(compile(options, fromText)));
  EXPECT_EQ(before, print());
  EXPECT_EQ(fromModule.output->getBuffer(), fromText.output->getBuffer());
}

TEST(Memory, errors_name_the_file_and_the_node) {
  TestModel model = makeTestModels()[0];
  model.bytes.resize(model.bytes.size() / 2);
  CompileDiagnostic truncated = compileBadly(makeOptions(model));
  EXPECT_EQ(truncated.file, "digits.onnx");
  EXPECT_NE(truncated.message.find("not an ONNX model"), std::string::npos);

  model = {"bad.mlir", "func.func @main(%x: tensor<2xf32>) -> tensor<3xf32> {\n  return %x : tensor<2xf32>\n}", ""};
  CompileDiagnostic place = compileBadly(makeOptions(model));
  EXPECT_EQ(place.file, "bad.mlir");
  EXPECT_EQ(place.line, 2u);

  CompileOptions options = makeOptions(model);
  options.algorithm = "magic";
  EXPECT_EQ(compileBadly(options).file, "");
  options = makeOptions(model);
  options.output = "both.so";
  EXPECT_NE(compileBadly(options).message.find("either a file or memory"), std::string::npos);
}
