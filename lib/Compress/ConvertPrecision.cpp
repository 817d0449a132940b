//===- ConvertPrecision.cpp - layers on 16-bit numbers ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Compress/Passes.h"
#include "winnow/Compress/Precision.h"
#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Remarks.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "llvm/ADT/StringSet.h"

namespace winnow {
#define GEN_PASS_DEF_CONVERTPRECISIONPASS
#include "winnow/Compress/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPassName = "winnow-convert-precision";

/// What kernels of first layers read as it is.
static constexpr int64_t kMaxPictureChannels = 4;

static bool isF32(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getElementType().isF32();
}

/// What may carry 16-bit numbers from one layer to the next: each element of the result depends on few of the input, or
/// is an average of them.
static bool carries(Operation *op) {
  bool isKnown = isa<ActivationOpInterface, AddOp, SubOp, MulOp, MaxOp, MinOp, MaxPoolOp, AveragePoolOp, GlobalPoolOp,
                     ConcatOp, ReshapeOp, TransposeOp, SliceOp, GatherOp, PadOp, DepthToSpaceOp, SpaceToDepthOp>(op);
  return isKnown && op->getNumResults() == 1 && isF32(op->getResult(0).getType());
}

namespace {

/// Decides over one function, then rewrites it in place.
class PrecisionConversion {
public:
  PrecisionConversion(func::FuncOp func, FloatType type, llvm::function_ref<std::string(Operation *)> keep)
      : func(func), type(type), keep(keep) {}

  int64_t run() {
    choose();
    // Operands are decided before their users.
    func.walk([&](Operation *op) {
      if (converted.contains(op))
        convert(op);
      else if (!isa<CastOp>(op))
        restoreOperands(op);
    });
    return layers.size();
  }

private:
  /// Why the convolution `op` stays f32; empty where it does not.
  std::string getObstacle(ConvolutionOp op) const {
    if (std::string reason = keep(op); !reason.empty())
      return reason;
    ElementsAttr filter = getConstant(op.getFilter());
    if (!filter)
      return "its filter is not constant";
    double largest = 0;
    for (double weight : getConstantDoubles(filter))
      largest = std::max(largest, std::abs(weight));
    llvm::APFloat limit = llvm::APFloat::getLargest(type.getFloatSemantics());
    if (!(largest <= limit.convertToDouble()))
      return "its filter has numbers beyond the largest of the type, " + std::to_string(limit.convertToDouble());
    return {};
  }

  void choose() {
    DenseSet<Operation *> fed, needed;
    func.walk([&](Operation *op) {
      if (auto conv = dyn_cast<ConvolutionOp>(op); conv && isF32(conv.getInput().getType())) {
        std::string obstacle = getObstacle(conv);
        if (obstacle.empty())
          layers.insert(op);
        else
          remarkMissed(op, kPassName, "stays f32: " + obstacle);
      } else if (carries(op) && llvm::any_of(op->getOperands(), [&](Value operand) {
                   return fed.contains(operand.getDefiningOp()) || layers.contains(operand.getDefiningOp());
                 })) {
        fed.insert(op);
      }
    });
    for (Operation &reversed : llvm::reverse(func.front())) {
      Operation *op = &reversed;
      if (!layers.contains(op) && !fed.contains(op))
        continue;
      bool feeds = llvm::any_of(op->getUsers(), [&](Operation *user) {
        return layers.contains(user) || (fed.contains(user) && needed.contains(user));
      });
      if (feeds)
        needed.insert(op);
    }
    for (Operation *op : layers)
      converted.insert(op);
    for (Operation *op : fed)
      if (needed.contains(op))
        converted.insert(op);
    shortResults = std::move(needed);
  }

  void convert(Operation *op) {
    bool isShort = shortResults.contains(op);
    auto conv = dyn_cast<ConvolutionOp>(op);
    bool isFirst = conv && readsPicture(conv);
    for (OpOperand &operand : op->getOpOperands()) {
      if (conv && conv.getBias() && operand.get() == conv.getBias())
        continue;
      if (isFirst && operand.getOperandNumber() < 2) // input and filter
        continue;
      // A residual has the type of the result.
      if (conv && conv.getResidual() && operand.getOperandNumber() == op->getNumOperands() - 1 && !isShort)
        operand.set(getF32(operand.get()));
      else if (isF32(operand.get().getType()))
        operand.set(getShort(operand.get()));
    }
    if (isShort)
      setElementType(op->getResult(0), type);
    if (conv)
      remarkPassed(op, kPassName,
                   isFirst   ? isShort ? "reads f32 and writes 16 bits" : "reads a picture: stays f32"
                   : isShort ? "reads and writes 16 bits"
                             : "reads 16 bits and writes f32");
  }

  /// Whether a layer reads few channels of f32, as the first one of a network does: converting them would take longer
  /// than it saves.
  bool readsPicture(ConvolutionOp op) const {
    RankedTensorType input = op.getInput().getType();
    return input.getElementType().isF32() && input.getDimSize(1) <= kMaxPictureChannels && op.getGroup() == 1 &&
           !shortResults.contains(op.getInput().getDefiningOp());
  }

  void restoreOperands(Operation *op) {
    for (OpOperand &operand : op->getOpOperands())
      operand.set(getF32(operand.get()));
  }

  static void setElementType(Value value, Type element) {
    value.setType(cast<RankedTensorType>(value.getType()).clone(element));
  }

  /// `value` in 16 bits: a rounded constant, or one cast behind its definition.
  Value getShort(Value value) {
    Value &result = shorts[value];
    if (result)
      return result;
    auto shortType = cast<RankedTensorType>(value.getType()).clone(type);
    OpBuilder b(value.getContext());
    b.setInsertionPointAfterValue(value);
    if (ElementsAttr constant = getConstant(value)) {
      llvm::SmallVector<double> numbers = getConstantDoubles(constant);
      result = createConstant(b, value.getLoc(), buildFloatConstant(shortType, [&](int64_t i) { return numbers[i]; }));
    } else {
      result = CastOp::create(b, value.getLoc(), shortType, value);
    }
    return result;
  }

  /// `value`, if this pass made it 16 bits, in f32.
  Value getF32(Value value) {
    Operation *op = value.getDefiningOp();
    if (!op || !shortResults.contains(op) || !converted.contains(op))
      return value;
    Value &result = wides[value];
    if (!result) {
      OpBuilder b(value.getContext());
      b.setInsertionPointAfterValue(value);
      auto wide = cast<RankedTensorType>(value.getType()).clone(b.getF32Type());
      result = CastOp::create(b, value.getLoc(), wide, value);
    }
    return result;
  }

  func::FuncOp func;
  FloatType type;
  llvm::function_ref<std::string(Operation *)> keep;
  llvm::SetVector<Operation *> layers;
  DenseSet<Operation *> converted;    ///< read 16 bits
  DenseSet<Operation *> shortResults; ///< and write them
  DenseMap<Value, Value> shorts, wides;
};

} // namespace

int64_t convertPrecision(func::FuncOp func, FloatType type, llvm::function_ref<std::string(Operation *)> keep) {
  return PrecisionConversion(func, type, keep).run();
}

namespace {
struct ConvertPrecisionPass : impl::ConvertPrecisionPassBase<ConvertPrecisionPass> {
  using ConvertPrecisionPassBase::ConvertPrecisionPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    if (precision == "bf16")
      type = BFloat16Type::get(context);
    else if (precision == "f16")
      type = Float16Type::get(context);
    else
      return emitError(UnknownLoc::get(context))
             << "unknown precision '" << precision.getValue() << "': expected bf16 or f16";
    for (const std::string &name : keep)
      keptNames.insert(name);
    return success();
  }

  void runOnOperation() override {
    numLayers += convertPrecision(getOperation(), type, [&](Operation *op) -> std::string {
      auto name = dyn_cast<NameLoc>(op->getLoc());
      return name && keptNames.contains(name.getName()) ? "it is to be kept in f32" : "";
    });
  }

private:
  FloatType type;
  llvm::StringSet<> keptNames;
};

} // namespace

} // namespace winnow
