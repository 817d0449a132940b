//===- AssignLayouts.cpp - how each feature map lies in memory ------- ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Algorithm/Passes.h"

#include "GatheredConcats.h"

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/QuantizedTypes.h"
#include "winnow/Support/TargetFacts.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"

using namespace mlir;

namespace winnow {

#define GEN_PASS_DEF_ASSIGNLAYOUTSPASS
#include "winnow/Algorithm/Passes.h.inc"

/// Plain inputs of up to this many channels are read as they are.
static constexpr int64_t kMaxPlainChannels = 4;

/// Channels of a quantized picture lie together in one word a pixel.
static constexpr int64_t kPictureBlock = 4;

/// Whether a type may carry a layout: a feature map of floats or quantized numbers, all but the batch static.
static bool isFeatureMap(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() >= 3 && tensor.getRank() <= 5 &&
         (isa<FloatType>(tensor.getElementType()) || isQuantized(tensor)) &&
         llvm::none_of(tensor.getShape().drop_front(), ShapedType::isDynamic);
}

/// The block of a value's layout; 1 where it is plain.
static int64_t getBlock(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  auto layout = type ? dyn_cast_or_null<cnn::LayoutAttr>(type.getEncoding()) : cnn::LayoutAttr();
  return layout ? layout.getBlock() : 1;
}

/// Whether a value is plain, with so few channels that convolutions read them as they are.
static bool isPicture(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return getBlock(value) == 1 && type.getDimSize(1) <= kMaxPlainChannels;
}

namespace {

/// Walks the ops of a function in order; operands are decided before their users.
class LayoutAssignment {
public:
  LayoutAssignment(func::FuncOp func, cnn::LayoutAttr layout) : func(func), layout(layout) {}

  int64_t run() {
    llvm::SmallVector<Operation *> ops;
    func.walk([&](Operation *op) {
      if (op != func)
        ops.push_back(op);
    });
    for (Operation *op : ops)
      if (!assign(op))
        makeOperandsPlain(op);
    return numConversions;
  }

private:
  /// Gives `op` the blocked layout where it has one; false where it works on plain tensors.
  bool assign(Operation *op) {
    if (op->getNumResults() != 1 || !isFeatureMap(op->getResult(0).getType()))
      return false;
    if (auto conv = dyn_cast<cnn::ConvolutionOp>(op))
      return assignConvolution(conv);
    if (auto conv = dyn_cast<cnn::TransposedConvolutionOp>(op)) {
      setBlocked(conv.getOutput());
      return true;
    }
    if (isa<cnn::MaxPoolOp, cnn::AveragePoolOp, cnn::LpPoolOp, cnn::GlobalPoolOp>(op))
      return assignPool(op);
    if (isa<cnn::QuantizeOp>(op) && assignQuantize(op))
      return true;
    if (isa<cnn::ActivationOpInterface, cnn::LookupOp, cnn::QuantizeOp, cnn::DequantizeOp>(op) || isUnary(op))
      return follow(op);
    if (isa<cnn::ElementwiseOpInterface>(op))
      return assignElementwise(op);
    if (auto concat = dyn_cast<cnn::ConcatOp>(op))
      return assignConcat(concat);
    if (auto slice = dyn_cast<cnn::SliceOp>(op))
      return assignSlice(slice);
    if (auto gather = dyn_cast<cnn::GatherOp>(op))
      return assignGather(gather);
    return false;
  }

  /// Pixels, or whole blocks of channels.
  bool assignSlice(cnn::SliceOp op) {
    RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
    if (!hasLayout(op.getInput()) || llvm::is_contained(op.getAxes(), 0))
      return false;
    for (auto [axis, start, step] : llvm::zip_equal(op.getAxes(), op.getStarts(), op.getSteps())) {
      if (axis != 1)
        continue;
      int64_t first = start < 0 ? start + input.getDimSize(1) : start;
      bool toEnd = first + output.getDimSize(1) == input.getDimSize(1);
      if (step != 1 || first < 0 || first % layout.getBlock() != 0 ||
          (!toEnd && output.getDimSize(1) % layout.getBlock() != 0))
        return false;
    }
    setBlocked(op.getOutput());
    return true;
  }

  /// Channels are put together to new blocks.
  bool assignGather(cnn::GatherOp op) {
    if (!hasLayout(op.getInput()) || !getGatheredChannels(op))
      return false;
    setBlocked(op.getOutput());
    return true;
  }

  /// The quantization of a picture gives one word a pixel.
  bool assignQuantize(Operation *op) {
    if (!isPicture(op->getOperand(0)) || hasLayout(op->getOperand(0)))
      return false;
    setLayout(op->getResult(0), cnn::LayoutAttr::get(op->getContext(), kPictureBlock, 0));
    return true;
  }

  static bool isUnary(Operation *op) { return isa<cnn::ElementwiseOpInterface>(op) && op->getNumOperands() == 1; }

  bool assignConvolution(cnn::ConvolutionOp op) {
    RankedTensorType input = op.getInput().getType();
    if (!isFeatureMap(input) || !op.getFilter().getType().hasStaticShape())
      return false;
    bool few = input.getDimSize(1) <= kMaxPlainChannels && op.getGroup() == 1;
    if (few && isQuantized(input))
      op.getInputMutable().assign(getPictures(op.getInput()));
    else if (!hasLayout(op.getInput()) && !few)
      op.getInputMutable().assign(getBlocked(op.getInput()));
    if (op.getResidual())
      op.getResidualMutable().assign(getBlocked(op.getResidual()));
    setBlocked(op.getOutput());
    return true;
  }

  /// Pools are worth a conversion: on plain tensors they have no lanes.
  bool assignPool(Operation *op) {
    auto type = cast<RankedTensorType>(op->getOperand(0).getType());
    if (!isFeatureMap(type) || (!hasLayout(op->getOperand(0)) && type.getDimSize(1) < layout.getBlock() / 2))
      return false;
    op->setOperand(0, getBlocked(op->getOperand(0)));
    setBlocked(op->getResult(0));
    return true;
  }

  /// The result lies as operand 0 does; other operands are scalars.
  bool follow(Operation *op) {
    if (!hasLayout(op->getOperand(0)))
      return false;
    setBlocked(op->getResult(0));
    return true;
  }

  /// Elementwise ops of two operands keep the layout of a full operand when
  /// the other one can follow: the same shape, one value a channel, or one value.
  bool assignElementwise(Operation *op) {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    bool any = llvm::any_of(op->getOperands(), [&](Value operand) {
      return hasLayout(operand) && cast<RankedTensorType>(operand.getType()).getShape() == type.getShape();
    });
    if (!any)
      return false;
    llvm::SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      Value blocked = getFollowing(operand, type);
      if (!blocked)
        return false;
      operands.push_back(blocked);
    }
    op->setOperands(operands);
    setBlocked(op->getResult(0));
    return true;
  }

  /// `operand` in a form that broadcasts against a blocked map of `type`; null where there is none.
  Value getFollowing(Value operand, RankedTensorType type) {
    auto operandType = cast<RankedTensorType>(operand.getType());
    if (operandType.hasStaticShape() && operandType.getNumElements() == 1 && !operandType.getEncoding())
      return operand;
    int64_t rank = type.getRank(), missing = rank - operandType.getRank();
    if (missing > 0) {
      operand = prependOnes(operand, missing);
      if (!operand)
        return {};
      operandType = cast<RankedTensorType>(operand.getType());
    }
    // Lanes are channels, so every operand must have them all.
    if (!isFeatureMap(operandType) || operandType.getDimSize(1) != type.getDimSize(1))
      return {};
    return getBlocked(operand);
  }

  /// A constant with leading extents of 1 more; null for other values.
  Value prependOnes(Value value, int64_t count) {
    ElementsAttr constant = getConstant(value);
    if (!constant)
      return {};
    auto type = cast<RankedTensorType>(value.getType());
    llvm::SmallVector<int64_t> shape(count, 1);
    llvm::append_range(shape, type.getShape());
    auto newType = RankedTensorType::get(shape, type.getElementType());
    llvm::SmallVector<char> storage;
    OpBuilder b(value.getDefiningOp());
    return arith::ConstantOp::create(b, value.getLoc(), newType,
                                     makeConstant(newType, getConstantBytes(constant, storage)));
  }

  /// A concatenation of channels is one of blocks where no block is shared.
  bool assignConcat(cnn::ConcatOp op) {
    auto inputs = op.getInputs();
    if (op.getAxis() != 1 || llvm::none_of(inputs, [&](Value input) { return hasLayout(input); }))
      return false;
    for (Value input : inputs)
      if (!isFeatureMap(input.getType()))
        return false;
    for (Value input : inputs.drop_back())
      if (cast<RankedTensorType>(input.getType()).getDimSize(1) % layout.getBlock() != 0)
        return false;
    for (OpOperand &operand : op->getOpOperands())
      operand.set(getBlocked(operand.get()));
    setBlocked(op.getOutput());
    return true;
  }

  /// Whether a value lies in the blocks that most values do; pictures of one word a pixel do not.
  bool hasLayout(Value value) const { return getBlock(value) == layout.getBlock(); }

  void setLayout(Value value, cnn::LayoutAttr to) {
    value.setType(cast<RankedTensorType>(value.getType()).cloneWithEncoding(to));
  }
  void setBlocked(Value value) { setLayout(value, layout); }

  void makeOperandsPlain(Operation *op) {
    for (OpOperand &operand : op->getOpOperands())
      operand.set(getPlain(operand.get()));
  }

  Value getPlain(Value value) { return getBlock(value) > 1 ? convert(value, {}) : value; }
  Value getBlocked(Value value) { return hasLayout(value) ? value : convert(getPlain(value), layout); }
  /// `value` with one word a pixel.
  Value getPictures(Value value) {
    if (getBlock(value) == kPictureBlock)
      return value;
    return convert(getPlain(value), cnn::LayoutAttr::get(value.getContext(), kPictureBlock, 0));
  }

  /// The one conversion of `value` to a layout, right behind its definition.
  Value convert(Value value, cnn::LayoutAttr to) {
    Value &converted = conversions[{value, to}];
    if (converted)
      return converted;
    OpBuilder b(value.getContext());
    b.setInsertionPointAfterValue(value);
    auto type = cast<RankedTensorType>(value.getType()).cloneWithEncoding(to);
    ++numConversions;
    converted = cnn::ConvertLayoutOp::create(b, value.getLoc(), type, value);
    return converted;
  }

  func::FuncOp func;
  cnn::LayoutAttr layout;
  llvm::DenseMap<std::pair<Value, Attribute>, Value> conversions;
  int64_t numConversions = 0;
};

struct AssignLayoutsPass : impl::AssignLayoutsPassBase<AssignLayoutsPass> {
  using AssignLayoutsPassBase::AssignLayoutsPassBase;

  void runOnOperation() override {
    int64_t lanes = block ? block : TargetFacts::fromModule(getOperation()).getF32Lanes();
    if (lanes < 2)
      return;
    auto layout = cnn::LayoutAttr::get(&getContext(), lanes, 0);
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (!func.isExternal()) {
        padGatheredConcats(func, lanes);
        numConversions += LayoutAssignment(func, layout).run();
      }
  }
};

} // namespace

} // namespace winnow
