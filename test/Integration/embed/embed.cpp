// Winnow inside another compiler, from beginning to end: builds a network with Winnow's builders, runs named pipelines
// on it, compiles it to an object in memory, links that into this process with LLVM's JIT linker, runs it on a picture
// of numbers and compares every result with the definition of a convolution.

#include "winnow/Driver/Compile.h"
#include "winnow/Driver/Phases.h"
#include "winnow/InitAll.h"
#include "winnow/Runtime/winnow_model.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/TargetSelect.h"

#include <cmath>

using namespace mlir;
using namespace winnow;

static constexpr int64_t kInputs = 3, kOutputs = 8, kSize = 10, kWindow = 3;

/// Small numbers that are not all alike.
static float getWeight(int64_t index) { return static_cast<float>(index * 7 % 13 - 6) / 16; }
static float getPixel(int64_t index) { return static_cast<float>(index * 5 % 17 - 8) / 8; }
static float getBias(int64_t channel) { return static_cast<float>(channel) / 4 - 1; }

/// relu(convolution(x) + bias), the addition and the relu as ops of their own.
static OwningOpRef<ModuleOp> buildNetwork(MLIRContext &context) {
  context.loadDialect<cnn::CNNDialect, func::FuncDialect, arith::ArithDialect>();
  OpBuilder b(&context);
  auto at = [&](llvm::StringRef name) -> Location { return NameLoc::get(b.getStringAttr(name)); };
  auto type = [&](llvm::ArrayRef<int64_t> shape) { return RankedTensorType::get(shape, b.getF32Type()); };
  auto constant = [&](RankedTensorType shape, float (*getValue)(int64_t)) -> Value {
    llvm::SmallVector<float> values(shape.getNumElements());
    for (auto [i, value] : llvm::enumerate(values))
      value = getValue(i);
    return arith::ConstantOp::create(b, at("weights"), DenseElementsAttr::get(shape, llvm::ArrayRef(values)));
  };
  auto input = type({1, kInputs, kSize, kSize}), output = type({1, kOutputs, kSize, kSize});
  OwningOpRef<ModuleOp> module = ModuleOp::create(at("network"));
  (*module)->setAttr("winnow.model_name", b.getStringAttr("embedded"));
  b.setInsertionPointToEnd(module->getBody());
  auto main = func::FuncOp::create(b, at("network"), "main", b.getFunctionType({input}, {output}));
  b.setInsertionPointToStart(main.addEntryBlock());
  Value filter = constant(type({kOutputs, kInputs, kWindow, kWindow}), getWeight);
  Value bias = constant(type({1, kOutputs, 1, 1}), getBias);
  Value sums = cnn::ConvolutionOp::create(
      b, at("conv"), output, main.getArgument(0), filter, /*bias=*/Value(), /*residual=*/Value(),
      /*strides=*/b.getDenseI64ArrayAttr({1, 1}), /*pads=*/b.getDenseI64ArrayAttr({1, 1, 1, 1}),
      /*dilations=*/b.getDenseI64ArrayAttr({1, 1}), /*group=*/b.getI64IntegerAttr(1),
      cnn::AutoPadAttr::get(&context, cnn::AutoPad::Explicit), /*activation=*/nullptr, /*algorithm=*/nullptr);
  sums = cnn::AddOp::create(b, at("bias"), output, sums, bias);
  func::ReturnOp::create(b, at("network"), Value(cnn::ReluOp::create(b, at("relu"), output, sums)));
  return module;
}

/// One number of the result, by the definition.
static float computePixel(const float *x, int64_t channel, int64_t row, int64_t column) {
  float sum = getBias(channel);
  for (int64_t c = 0; c < kInputs; ++c)
    for (int64_t i = 0; i < kWindow; ++i)
      for (int64_t j = 0; j < kWindow; ++j) {
        int64_t y = row + i - 1, z = column + j - 1;
        if (y >= 0 && y < kSize && z >= 0 && z < kSize)
          sum += x[(c * kSize + y) * kSize + z] * getWeight(((channel * kInputs + c) * kWindow + i) * kWindow + j);
      }
  return std::max(0.0f, sum);
}

static int fail(const llvm::Twine &message) {
  llvm::errs() << "embed: " << message << "\n";
  return 1;
}

/// The compiled model's interface, found in the linked object.
struct Functions {
  decltype(&winnow_model) model;
  decltype(&winnow_context_create) create;
  decltype(&winnow_run) run;
  decltype(&winnow_context_destroy) destroy;
};

static llvm::Error findFunctions(llvm::orc::LLJIT &jit, const std::string &symbol, Functions &functions) {
  auto find = [&](auto &function, const std::string &name) -> llvm::Error {
    auto address = jit.lookup(name);
    if (address)
      function = address->toPtr<std::remove_reference_t<decltype(function)>>();
    return address.takeError();
  };
  if (llvm::Error error = find(functions.model, symbol))
    return error;
  if (llvm::Error error = find(functions.create, "winnow_context_create"))
    return error;
  if (llvm::Error error = find(functions.run, "winnow_run"))
    return error;
  return find(functions.destroy, "winnow_context_destroy");
}

/// Runs the model and compares. The number of wrong results; negative where it does not run.
static int countWrong(const Functions &functions) {
  std::vector<float> x(kInputs * kSize * kSize), y(kOutputs * kSize * kSize);
  for (auto [i, value] : llvm::enumerate(x))
    value = getPixel(i);
  WinnowContext *context = nullptr;
  if (functions.create(functions.model(), nullptr, &context, nullptr, 0))
    return -1;
  WinnowTensor in = {x.data(), x.size() * sizeof(float), WINNOW_F32, 4, {1, kInputs, kSize, kSize}};
  WinnowTensor out = {y.data(), y.size() * sizeof(float), WINNOW_F32, 0, {}};
  WinnowStatus status = functions.run(context, &in, 1, &out, 1);
  functions.destroy(context);
  if (status)
    return -2;
  int wrong = 0;
  for (int64_t i = 0; i < static_cast<int64_t>(y.size()); ++i) {
    float expected = computePixel(x.data(), i / (kSize * kSize), i / kSize % kSize, i % kSize);
    wrong += !(std::fabs(y[i] - expected) <= 1e-5f * std::fmax(1.0f, std::fabs(expected)));
  }
  return wrong;
}

int main() {
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllPasses();
  registerPhasePipelines();
  MLIRContext context(registry);
  OwningOpRef<ModuleOp> module = buildNetwork(context);

  // Named pipelines on IR of one's own.
  PassManager pm(&context);
  if (failed(parsePassPipeline("winnow-phase-graph,winnow-phase-algorithm", pm, llvm::errs())) ||
      failed(pm.run(*module)))
    return fail("the pipelines failed");
  module->walk([](cnn::ConvolutionOp op) {
    llvm::outs() << "a convolution, " << cnn::stringifyAlgorithmKind(op.getAlgorithmAttr().getKind()) << ", with "
                 << (op.getBias() ? "bias" : "no bias") << " and "
                 << (op.getActivationAttr() ? "activation" : "no activation") << "\n";
  });

  // An object in memory.
  CompileOptions options;
  options.memoryOutput = OutputKind::Object;
  options.threads = 1;
  options.progress = [](const std::string &step, unsigned, unsigned) { llvm::outs() << step << " "; };
  options.diagnostics = [](const CompileDiagnostic &diagnostic) { printDiagnostic(diagnostic, llvm::errs()); };
  CompileResult result;
  if (failed(compileModule(*module, options, result)))
    return fail("the network does not compile");
  llvm::outs() << "\n" << result.symbol << ", " << result.report.model.layers.size() << " layers\n";

  // Linked into this process.
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return fail(llvm::toString(jit.takeError()));
  Functions functions;
  llvm::Error error = (*jit)->addObjectFile(std::move(result.output));
  if (!error)
    error = findFunctions(**jit, result.symbol, functions);
  if (error)
    return fail(llvm::toString(std::move(error)));
  int wrong = countWrong(functions);
  llvm::outs() << kOutputs * kSize * kSize << " results, " << wrong << " wrong\n";
  return wrong != 0;
}
