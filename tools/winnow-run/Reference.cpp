//===- Reference.cpp - a model in the interpreter --------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reference.h"

#include "winnow/Driver/Compile.h"
#include "winnow/Interpreter/Interpreter.h"
#include "winnow/Target/ModelInterface.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>
#include <optional>

using namespace llvm;

namespace winnow::run {

struct ReferenceModel::State {
  mlir::MLIRContext context;
  std::optional<DiagnosticForwarder> printer;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp main;
};

ReferenceModel::ReferenceModel() : state(new State) {}
ReferenceModel::~ReferenceModel() = default;

Expected<std::unique_ptr<ReferenceModel>> ReferenceModel::load(StringRef path, const ImportOptions &options) {
  std::unique_ptr<ReferenceModel> model(new ReferenceModel);
  State &state = *model->state;
  mlir::DialectRegistry registry;
  registerDriverDialects(registry);
  state.context.appendDialectRegistry(registry);
  CompileOptions compileOptions;
  compileOptions.input = path.str();
  compileOptions.import = options;
  state.printer.emplace(&state.context, compileOptions.input, errs());
  state.module = loadModel(compileOptions, &state.context);
  if (!state.module)
    return createStringError("%s: cannot be read", path.str().c_str());
  for (auto func : state.module->getOps<mlir::func::FuncOp>())
    if (func.isPublic())
      state.main = func;
  if (!state.main)
    return createStringError("%s: expected a public function", path.str().c_str());
  return std::move(model);
}

std::vector<InputSpec> ReferenceModel::getInputs() const {
  std::vector<InputSpec> specs;
  for (auto [i, type] : enumerate(state->main.getArgumentTypes())) {
    auto name = state->main.getArgAttrOfType<mlir::StringAttr>(i, "winnow.name");
    auto tensor = mlir::cast<mlir::RankedTensorType>(type);
    InputSpec spec{name ? name.str() : "input" + std::to_string(i), getElementTypeCode(tensor.getElementType()), {}};
    for (int64_t extent : tensor.getShape())
      spec.shape.push_back(mlir::ShapedType::isDynamic(extent) ? -1 : extent);
    specs.push_back(std::move(spec));
  }
  return specs;
}

Expected<std::vector<HostTensor>> ReferenceModel::run(ArrayRef<HostTensor> inputs) {
  SmallVector<Tensor> args;
  for (auto [input, type] : zip_equal(inputs, state->main.getArgumentTypes()))
    args.push_back(
        Tensor::borrow(input.shape, mlir::cast<mlir::RankedTensorType>(type).getElementType(), input.bytes.data()));
  auto results = interpret(state->main, args);
  if (failed(results))
    return createStringError("the interpreter could not run the model");
  std::vector<HostTensor> outputs;
  for (auto [i, result] : enumerate(*results)) {
    auto name = state->main.getResultAttrOfType<mlir::StringAttr>(i, "winnow.name");
    ArrayRef<char> bytes = result.getBytes();
    outputs.push_back({name ? name.str() : "output" + std::to_string(i),
                       getElementTypeCode(result.getElementType()),
                       {result.getShape().begin(), result.getShape().end()},
                       {bytes.begin(), bytes.end()}});
  }
  return outputs;
}

Difference compare(const HostTensor &expected, const HostTensor &actual) {
  Difference difference;
  if (expected.type != actual.type || expected.shape != actual.shape) {
    difference.mismatch = (Twine("expected ") + getTypeName(expected.type) + " " + formatShape(expected.shape) +
                           " but got " + getTypeName(actual.type) + " " + formatShape(actual.shape))
                              .str();
    return difference;
  }
  double scale = 0;
  for (int64_t i = 0, n = countElements(expected.shape); i < n; ++i) {
    double a = getElement(expected, i), b = getElement(actual, i);
    if (a == b || (std::isnan(a) && std::isnan(b)))
      continue;
    if (!std::isfinite(a) || !std::isfinite(b)) {
      difference.mismatch =
          "element " + std::to_string(i) + " is " + std::to_string(b) + ", expected " + std::to_string(a);
      return difference;
    }
    difference.absolute = std::max(difference.absolute, std::abs(a - b));
  }
  for (int64_t i = 0, n = countElements(expected.shape); i < n; ++i)
    if (double a = std::abs(getElement(expected, i)); std::isfinite(a))
      scale = std::max(scale, a);
  difference.ofScale = scale > 0 ? difference.absolute / scale : difference.absolute;
  return difference;
}

} // namespace winnow::run
