//===- RecordInterface.cpp - what lowering would forget ------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Dialect/CNN/PackedFilter.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/QuantizedTypes.h"
#include "winnow/Support/ReportAttributes.h"
#include "winnow/Target/ModelInterface.h"
#include "winnow/Target/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

#include <numeric>

using namespace mlir;

namespace winnow {
#define GEN_PASS_DEF_RECORDINTERFACE
#include "winnow/Target/Passes.h.inc"

namespace {

/// How the first extent of tensors follows from the batch: extent = factor * batch.
class BatchFactors {
public:
  /// The factor of a value whose first extent is dynamic.
  int64_t get(Value value) {
    auto it = factors.find(value);
    if (it != factors.end())
      return it->second;
    int64_t factor = compute(value);
    factors[value] = factor;
    return factor;
  }

private:
  /// Product of the static extents.
  static int64_t getStaticElements(RankedTensorType type) {
    int64_t count = 1;
    for (int64_t extent : type.getShape())
      count *= ShapedType::isDynamic(extent) ? 1 : extent;
    return count;
  }

  int64_t compute(Value value) {
    Operation *op = value.getDefiningOp();
    if (!op)
      return 1;
    Value source;
    for (Value operand : op->getOperands())
      if (auto type = dyn_cast<RankedTensorType>(operand.getType()); type && !type.hasStaticShape()) {
        source = operand;
        break;
      }
    if (!source)
      return 1;
    if (!isa<cnn::ReshapeOp>(op))
      return get(source);
    int64_t elements = getStaticElements(cast<RankedTensorType>(source.getType())) * get(source);
    return std::max<int64_t>(1, elements /
                                    std::max<int64_t>(1, getStaticElements(cast<RankedTensorType>(value.getType()))));
  }

  llvm::DenseMap<Value, int64_t> factors;
};

} // namespace

/// The most rows that a suppression keeps: batch * classes * boxes taken of each.
static int64_t getMaxRows(cnn::NonMaxSuppressionOp op) {
  auto boxes = cast<RankedTensorType>(op.getBoxes().getType());
  auto scores = cast<RankedTensorType>(op.getScores().getType());
  return scores.getDimSize(1) * std::min<int64_t>(boxes.getDimSize(1), std::max<int64_t>(0, op.getMaxOutput()));
}

/// Writes the largest extents of a result as fixed + per_batch * batch.
static void getBounds(Value value, BatchFactors &factors, SmallVector<int64_t> &fixed, SmallVector<int64_t> &perBatch) {
  auto type = cast<RankedTensorType>(value.getType());
  for (int64_t extent : type.getShape()) {
    bool dynamic = ShapedType::isDynamic(extent);
    fixed.push_back(dynamic ? 0 : extent);
    perBatch.push_back(dynamic ? factors.get(value) : 0);
  }
  if (auto nms = value.getDefiningOp<cnn::NonMaxSuppressionOp>(); nms && type.isDynamicDim(0)) {
    int64_t batch = cast<RankedTensorType>(nms.getBoxes().getType()).getDimSize(0), rows = getMaxRows(nms);
    bool dynamic = ShapedType::isDynamic(batch);
    fixed[0] = dynamic ? 0 : batch * rows;
    perBatch[0] = dynamic ? rows : 0;
  }
}

/// The name given to argument or result `index`, or one made up.
static StringAttr getName(Attribute attr, StringRef prefix, unsigned index, MLIRContext *context) {
  if (auto name = dyn_cast_or_null<StringAttr>(attr); name && !name.getValue().empty())
    return name;
  return StringAttr::get(context, prefix + Twine(index));
}

/// The dictionary `winnow.interface` of `main`.
static DictionaryAttr recordInterface(func::FuncOp main, Operation *terminator) {
  Builder b(main.getContext());
  SmallVector<Attribute> inputs, outputs;
  for (auto [index, type] : llvm::enumerate(main.getArgumentTypes()))
    inputs.push_back(b.getDictionaryAttr(
        {b.getNamedAttr("name", getName(main.getArgAttr(index, "winnow.name"), "input_", index, b.getContext())),
         b.getNamedAttr("type", TypeAttr::get(type))}));
  BatchFactors factors;
  for (auto [index, value] : llvm::enumerate(terminator->getOperands())) {
    SmallVector<int64_t> fixed, perBatch;
    getBounds(value, factors, fixed, perBatch);
    outputs.push_back(b.getDictionaryAttr(
        {b.getNamedAttr("name", getName(main.getResultAttr(index, "winnow.name"), "output_", index, b.getContext())),
         b.getNamedAttr("type", TypeAttr::get(value.getType())), b.getNamedAttr("fixed", b.getDenseI64ArrayAttr(fixed)),
         b.getNamedAttr("per_batch", b.getDenseI64ArrayAttr(perBatch))}));
  }
  return b.getDictionaryAttr(
      {b.getNamedAttr("inputs", b.getArrayAttr(inputs)), b.getNamedAttr("outputs", b.getArrayAttr(outputs))});
}

/// Multiply-accumulates of a layer for a batch of one; 0 where that is no measure.
static int64_t countMACs(Operation *op) {
  if (op->getNumResults() != 1 || op->getNumOperands() < 2)
    return 0;
  auto output = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  auto right = dyn_cast<RankedTensorType>(op->getOperand(1).getType());
  if (!output || !right || !right.hasStaticShape())
    return 0;
  int64_t elements = 1;
  for (int64_t extent : output.getShape())
    elements *= ShapedType::isDynamic(extent) ? 1 : extent;
  if (isa<cnn::ConvolutionOp>(op) && right.getRank() >= 3 && right.getDimSize(0) > 0)
    return elements * (right.getNumElements() / right.getDimSize(0));
  if (auto transposed = dyn_cast<cnn::TransposedConvolutionOp>(op)) {
    auto input = cast<RankedTensorType>(transposed.getInput().getType());
    int64_t count = 1;
    for (int64_t extent : input.getShape())
      count *= ShapedType::isDynamic(extent) ? 1 : extent;
    return right.getDimSize(0) > 0 ? count * (right.getNumElements() / right.getDimSize(0)) : 0;
  }
  if (isa<cnn::MatmulOp, cnn::GemmOp>(op) && output.getRank() >= 1 && output.getShape().back() > 0) {
    // The contracted extent is what the right operand has beside the columns of the result.
    int64_t columns = output.getShape().back();
    int64_t matrix = right.getDimSize(right.getRank() - 1);
    if (right.getRank() >= 2)
      matrix *= right.getDimSize(right.getRank() - 2);
    return elements * std::max<int64_t>(1, matrix / columns);
  }
  return 0;
}

/// Bytes of all operands and results for a batch of one, each once.
static int64_t countBytes(Operation *op) {
  SetVector<Value> values(op->operand_begin(), op->operand_end());
  values.insert(op->result_begin(), op->result_end());
  int64_t bytes = 0;
  for (Value value : values) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    Type element = type ? getStoredType(type.getElementType()) : Type();
    if (!element || !element.isIntOrFloat())
      continue;
    int64_t elements = 1;
    for (int64_t extent : type.getShape())
      elements *= ShapedType::isDynamic(extent) ? 1 : extent;
    bytes += elements * getElementBytes(element);
  }
  return bytes;
}

/// "1x64x56x56xf32" of a tensor's type; extents that are not static are "?", quantized elements their integers.
static void printShape(Type type, llvm::raw_ostream &stream) {
  auto tensor = cast<RankedTensorType>(type);
  for (int64_t extent : tensor.getShape())
    stream << (ShapedType::isDynamic(extent) ? "?" : std::to_string(extent)) << "x";
  stream << getStoredType(tensor.getElementType());
}

/// Bytes of a filter whose integers are read as they are, with its scales.
static int64_t countPackedBytes(Operation *op) {
  StringRef obstacle;
  auto convolution = dyn_cast<cnn::ConvolutionOp>(op);
  std::optional<cnn::PackedFilter> filter = convolution ? cnn::getPackedFilter(convolution, obstacle) : std::nullopt;
  return filter ? (filter->integers.getNumElements() * filter->bits + 7) / 8 + filter->scales.getNumElements() * 4 : 0;
}

/// How a filter is stored without its zeros.
static std::string describeStorage(cnn::SparseAttr sparse) {
  std::string format = cnn::stringifySparseFormat(sparse.getFormat()).str();
  return sparse.getRows() > 1 ? format + " of " + std::to_string(sparse.getRows()) + " rows" : format;
}

/// The entry of `winnow.layers` that describes `op`.
static DictionaryAttr recordLayer(Operation *op, StringRef name) {
  Builder b(op->getContext());
  int64_t weightBytes = countPackedBytes(op);
  for (Value operand : op->getOperands())
    if (ElementsAttr constant = getStoredConstant(operand))
      weightBytes += constant.getNumElements() * getElementBytes(constant.getElementType());
  std::string shape, inputs, algorithm;
  llvm::raw_string_ostream shapeStream(shape), inputStream(inputs);
  if (op->getNumResults() > 0)
    printShape(op->getResult(0).getType(), shapeStream);
  llvm::interleave(
      llvm::make_filter_range(op->getOperandTypes(), [](Type type) { return isa<RankedTensorType>(type); }),
      [&](Type type) { printShape(type, inputStream); }, [&] { inputStream << ", "; });
  if (auto convolution = dyn_cast<cnn::ConvolutionOp>(op); convolution && convolution.getAlgorithm())
    algorithm = cnn::stringifyAlgorithmKind(convolution.getAlgorithm()->getKind());
  int64_t macs = countMACs(op);
  NamedAttrList entry;
  if (auto sparse = op->getAttrOfType<cnn::SparseAttr>(kSparseAttr); sparse && sparse.getElements() > 0) {
    entry.set("computed_macs", b.getI64IntegerAttr(macs / sparse.getElements() * sparse.getNonzeros()));
    entry.set("storage", b.getStringAttr(describeStorage(sparse)));
  }
  // What passes left to explain their choice.
  for (auto [key, attribute] : {std::pair{"predicted", kPredictedAttr}, std::pair{"measured", kMeasuredAttr}})
    if (Attribute value = op->getDiscardableAttr(attribute))
      entry.set(key, value);
  entry.append(ArrayRef<NamedAttribute>{
      b.getNamedAttr("name", b.getStringAttr(name)),
      b.getNamedAttr("op", b.getStringAttr(op->getName().stripDialect())),
      b.getNamedAttr("algorithm", b.getStringAttr(algorithm)), b.getNamedAttr("shape", b.getStringAttr(shape)),
      b.getNamedAttr("macs", b.getI64IntegerAttr(macs)),
      b.getNamedAttr("weight_bytes", b.getI64IntegerAttr(weightBytes)),
      b.getNamedAttr("bytes", b.getI64IntegerAttr(countBytes(op))), b.getNamedAttr("inputs", b.getStringAttr(inputs))});
  return entry.getDictionary(op->getContext());
}

namespace {
struct RecordInterface : impl::RecordInterfaceBase<RecordInterface> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.isExternal() || !llvm::hasSingleElement(main.getBody())) {
      getOperation().emitError("expected a function @main with one block");
      return signalPassFailure();
    }
    auto isTensor = [](Type type) { return isa<RankedTensorType>(type); };
    if (!llvm::all_of(main.getArgumentTypes(), isTensor) || !llvm::all_of(main.getResultTypes(), isTensor)) {
      main.emitError("expected ranked tensors as arguments and results of @main");
      return signalPassFailure();
    }
    Block &body = main.getBody().front();
    SmallVector<Attribute> layers;
    for (Operation &op : body.without_terminator())
      if (isa<cnn::CNNDialect>(op.getDialect()))
        layers.push_back(recordLayer(&op, getLayerName(op.getLoc())));
    getOperation()->setAttr(kInterfaceAttr, recordInterface(main, body.getTerminator()));
    getOperation()->setAttr(kLayersAttr, ArrayAttr::get(&getContext(), layers));
  }
};
} // namespace

} // namespace winnow
