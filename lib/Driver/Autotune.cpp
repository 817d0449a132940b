//===- Autotune.cpp - algorithms by measured times -----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Autotune.h"

#include "TimeModel.h"

#include "winnow/Algorithm/Passes.h"
#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Driver/Compile.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ReportAttributes.h"
#include "winnow/Support/TargetFacts.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace winnow {

/// How long each candidate is run.
static constexpr double kSeconds = 0.05;
static constexpr llvm::StringLiteral kLayerName = "layer";

/// What makes two layers one problem: types, attributes but the algorithm, and the machine.
static std::string getProblem(cnn::ConvolutionOp op, llvm::StringRef target, int64_t threads) {
  NamedAttrList attributes(op->getAttrDictionary());
  attributes.erase(op.getAlgorithmAttrName());
  for (llvm::StringRef explained : {kPredictedAttr, kMeasuredAttr})
    attributes.erase(explained);
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << "convolution ";
  llvm::interleaveComma(op->getOperandTypes(), stream);
  stream << " -> " << op.getOutput().getType() << " " << attributes.getDictionary(op.getContext()) << " on " << target
         << ", " << threads << " threads";
  return text;
}

/// `type` with a batch of one where it is dynamic.
static RankedTensorType makeStatic(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  llvm::SmallVector<int64_t> shape;
  for (int64_t extent : tensor.getShape())
    shape.push_back(ShapedType::isDynamic(extent) ? 1 : extent);
  return RankedTensorType::get(shape, tensor.getElementType(), tensor.getEncoding());
}

static RankedTensorType withoutLayout(RankedTensorType type) {
  return RankedTensorType::get(type.getShape(), type.getElementType());
}

/// A network of `op` alone, between plain inputs and a plain result. Constants keep
/// their types; their values do not matter, but for a filter that is stored without its zeros.
static OwningOpRef<ModuleOp> makeLayerModule(cnn::ConvolutionOp op, cnn::AlgorithmAttr algorithm) {
  OpBuilder b(op.getContext());
  Location loc = NameLoc::get(b.getStringAttr(kLayerName)), other = NameLoc::get(b.getStringAttr("layout"));
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  TargetFacts::fromModule(op->getParentOfType<ModuleOp>()).setOn(*module);
  RankedTensorType resultType = makeStatic(op.getOutput().getType());
  llvm::SmallVector<Type> inputs;
  for (Value operand : op->getOperands())
    if (!getConstant(operand))
      inputs.push_back(withoutLayout(makeStatic(operand.getType())));
  b.setInsertionPointToEnd(module->getBody());
  auto main = func::FuncOp::create(b, other, "main", b.getFunctionType(inputs, {withoutLayout(resultType)}));
  Block *body = main.addEntryBlock();
  b.setInsertionPointToStart(body);
  IRMapping mapping;
  unsigned next = 0;
  for (Value operand : op->getOperands()) {
    RankedTensorType type = makeStatic(operand.getType());
    Value value;
    if (op->hasAttr(kSparseAttr) && operand == op.getFilter())
      value = arith::ConstantOp::create(b, other, getConstant(operand));
    else if (getConstant(operand))
      value = arith::ConstantOp::create(b, other,
                                        DenseElementsAttr::get(type, b.getFloatAttr(type.getElementType(), 1.0 / 128)));
    else if (value = body->getArgument(next++); value.getType() != type)
      value = cnn::ConvertLayoutOp::create(b, other, type, value);
    mapping.map(operand, value);
  }
  auto copy = cast<cnn::ConvolutionOp>(b.clone(*op, mapping));
  copy->setLoc(loc);
  copy.getOutput().setType(resultType);
  if (algorithm)
    copy.setAlgorithmAttr(algorithm);
  else
    copy.removeAlgorithmAttr();
  Value result = copy.getOutput();
  if (resultType != withoutLayout(resultType))
    result = cnn::ConvertLayoutOp::create(b, other, withoutLayout(resultType), result);
  func::ReturnOp::create(b, other, result);
  return module;
}

/// The transforms of Winograd's algorithm that are worth measuring: larger ones lose accuracy.
static constexpr int64_t kWinogradOutputs[] = {2, 4};

/// `algorithm`, and the same with other transforms where it has one.
static llvm::SmallVector<cnn::AlgorithmAttr> getVariants(cnn::AlgorithmAttr algorithm) {
  llvm::SmallVector<cnn::AlgorithmAttr> variants{algorithm};
  if (algorithm.getKind() == cnn::AlgorithmKind::Winograd)
    for (int64_t outputs : kWinogradOutputs)
      if (outputs != algorithm.getOutputs())
        variants.push_back(cnn::AlgorithmAttr::get(algorithm.getContext(), algorithm.getKind(), algorithm.getPixels(),
                                                   algorithm.getChannels(), algorithm.getDepth(), outputs));
  return variants;
}

/// All algorithms that are legal for `op`, each with the tile that its model
/// chooses: its own first. The generic loops, which are legal for everything and
/// never the fastest, are none unless they are its own.
static llvm::SmallVector<cnn::AlgorithmAttr> getCandidates(cnn::ConvolutionOp op) {
  llvm::SmallVector<cnn::AlgorithmAttr> candidates = getVariants(op.getAlgorithmAttr());
  for (unsigned kind = 0; kind <= cnn::getMaxEnumValForAlgorithmKind(); ++kind) {
    auto symbol = cnn::symbolizeAlgorithmKind(kind);
    if (!symbol || *symbol == cnn::AlgorithmKind::Generic || !isAlgorithmName(cnn::stringifyAlgorithmKind(*symbol)))
      continue;
    OwningOpRef<ModuleOp> module = makeLayerModule(op, {});
    PassManager pm(op.getContext());
    pm.addPass(createSelectAlgorithmsPass({cnn::stringifyAlgorithmKind(*symbol).str()}));
    if (failed(pm.run(*module)))
      continue;
    module->walk([&](cnn::ConvolutionOp copy) {
      cnn::AlgorithmAttr algorithm = copy.getAlgorithmAttr();
      if (algorithm && algorithm.getKind() == *symbol)
        for (cnn::AlgorithmAttr variant : getVariants(algorithm))
          if (!llvm::is_contained(candidates, variant))
            candidates.push_back(variant);
    });
  }
  return candidates;
}

/// Microseconds of `op` computed by `algorithm`, compiled and run alone.
static llvm::Expected<double> timeCandidate(cnn::ConvolutionOp op, cnn::AlgorithmAttr algorithm,
                                            const CompileOptions &options) {
  CompileOptions single;
  single.memoryOutput = OutputKind::SharedLibrary;
  single.target = options.target;
  single.cpu = options.cpu;
  single.features = options.features;
  single.threads = options.threads;
  single.forkJoinCycles = options.forkJoinCycles;
  single.optLevel = options.optLevel;
  single.instrument = true;
  std::string messages;
  llvm::raw_string_ostream errors(messages);
  CompileResult result;
  if (failed(compileModule(*makeLayerModule(op, algorithm), single, result, errors)))
    return llvm::createStringError(llvm::StringRef(messages).rtrim());
  int64_t l2Bytes = TargetFacts::fromModule(op->getParentOfType<ModuleOp>()).l2Bytes;
  return timeLayer(result.output->getBuffer(), kLayerName, options.threads, l2Bytes, kSeconds);
}

static std::string toString(Attribute attribute) {
  std::string text;
  llvm::raw_string_ostream(text) << attribute;
  return text;
}

/// Tells the user what is measured.
static void say(const CompileOptions &options, const llvm::Twine &text) {
  CompileDiagnostic diagnostic;
  diagnostic.severity = CompileDiagnostic::Severity::Remark;
  diagnostic.message = text.str();
  options.diagnostics(diagnostic);
}

/// Measures all candidates and tells of each; those that cannot be compiled have no time.
static llvm::Expected<MeasuredTimes> measure(cnn::ConvolutionOp op, const CompileOptions &options) {
  MeasuredTimes times;
  for (cnn::AlgorithmAttr candidate : getCandidates(op)) {
    llvm::Expected<double> time = timeCandidate(op, candidate, options);
    std::string name = toString(candidate);
    if (time)
      times[name] = *time;
    say(options, name + ": " + (time ? llvm::formatv("{0:F1} us", *time).str() : llvm::toString(time.takeError())));
  }
  if (times.empty())
    return llvm::createStringError("no algorithm of a layer could be timed on this machine");
  return times;
}

/// What was measured, by the names that reports use: of several tiles the fastest.
static DictionaryAttr makeMeasured(const MeasuredTimes &times, MLIRContext *context) {
  std::map<std::string, double> least;
  for (auto &[text, microseconds] : times)
    if (auto algorithm = dyn_cast_or_null<cnn::AlgorithmAttr>(parseAttribute(text, context))) {
      std::string label = getAlgorithmLabel(algorithm.getKind(), algorithm.getOutputs());
      auto [it, isNew] = least.try_emplace(label, microseconds);
      it->second = std::min(it->second, microseconds);
    }
  Builder b(context);
  NamedAttrList entries;
  for (auto &[label, microseconds] : least)
    entries.set(label, b.getF64FloatAttr(microseconds));
  return entries.getDictionary(context);
}

llvm::Error tuneAlgorithms(ModuleOp module, const CompileOptions &options, llvm::StringRef target, TuningCache &cache) {
  llvm::MapVector<std::string, llvm::SmallVector<cnn::ConvolutionOp>, std::map<std::string, unsigned>> layers;
  module.walk([&](cnn::ConvolutionOp op) {
    // Strips compute several layers at once: they are not a choice of one.
    cnn::AlgorithmAttr algorithm = op.getAlgorithmAttr();
    if (algorithm && algorithm.getKind() != cnn::AlgorithmKind::RowStrips)
      layers[getProblem(op, target, options.threads)].push_back(op);
  });
  unsigned number = 0;
  for (auto &[problem, ops] : layers) {
    bool isOurs = number++ % options.tuneParts == options.tunePart;
    const MeasuredTimes *times = cache.lookup(problem);
    if (!times && (!options.autotune || !isOurs))
      continue;
    if (!times) {
      say(options, llvm::formatv("[tune {0}/{1}] {2}", number, layers.size(), problem));
      llvm::Expected<MeasuredTimes> measured = measure(ops.front(), options);
      if (!measured)
        return measured.takeError();
      cache.insert(problem, std::move(*measured));
      times = cache.lookup(problem);
    }
    std::string fastest = getFastest(*times);
    auto algorithm = dyn_cast_or_null<cnn::AlgorithmAttr>(parseAttribute(fastest, module.getContext()));
    if (!algorithm)
      return llvm::createStringError("the tuning cache names no algorithm: '" + fastest + "'");
    DictionaryAttr measured = makeMeasured(*times, module.getContext());
    for (cnn::ConvolutionOp op : ops) {
      op.setAlgorithmAttr(algorithm);
      if (algorithm.getKind() != cnn::AlgorithmKind::Sparse)
        op->removeAttr(kSparseAttr);
      op->setDiscardableAttr(kMeasuredAttr, measured);
    }
  }
  return llvm::Error::success();
}

} // namespace winnow
