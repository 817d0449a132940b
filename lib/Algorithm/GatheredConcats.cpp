//===- GatheredConcats.cpp - concatenations that only gathers read --------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GatheredConcats.h"

#include "winnow/Support/ConstantData.h"
#include "winnow/Support/Remarks.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-assign-layouts";

static int64_t getChannels(Value value) { return cast<RankedTensorType>(value.getType()).getDimSize(1); }

std::optional<SmallVector<int64_t>> getGatheredChannels(cnn::GatherOp gather) {
  ElementsAttr constant = getConstant(gather.getIndices());
  if (!constant || gather.getAxis() != 1 || gather.getIndices().getType().getRank() != 1)
    return std::nullopt;
  auto index = getConstantInts(constant);
  int64_t channels = getChannels(gather.getInput());
  if (!index || llvm::any_of(*index, [&](int64_t i) { return i < 0 || i >= channels; }))
    return std::nullopt;
  return index;
}

namespace {

/// The concatenations of one function whose parts can be padded.
class ConcatPadding {
public:
  ConcatPadding(func::FuncOp func, int64_t block) : func(func), block(block) {}

  int64_t run() {
    collect();
    int64_t count = 0;
    llvm::SetVector<Operation *> convs;
    for (cnn::ConcatOp concat : func.getOps<cnn::ConcatOp>())
      if (concats.contains(concat))
        for (Value input : concat.getInputs())
          if (!isPart(input) && getChannels(input) % block != 0)
            convs.insert(input.getDefiningOp());
    for (Operation *op : convs) {
      padOutputs(cast<cnn::ConvolutionOp>(op));
      ++count;
    }
    if (count)
      for (cnn::ConcatOp concat : func.getOps<cnn::ConcatOp>())
        if (concats.contains(concat))
          moveChannels(concat);
    return count;
  }

private:
  /// All concatenations of channels, less those that something else reads or
  /// whose parts cannot be padded, until none of the rest depends on one that was taken away.
  void collect() {
    for (cnn::ConcatOp concat : func.getOps<cnn::ConcatOp>())
      if (concat.getAxis() == 1 && concat.getOutput().getType().getRank() >= 3)
        concats.insert(concat);
    for (bool changed = true; changed;) {
      SmallVector<Operation *> bad;
      for (Operation *op : concats)
        if (!isLegal(cast<cnn::ConcatOp>(op)))
          bad.push_back(op);
      for (Operation *op : bad)
        concats.remove(op);
      changed = !bad.empty();
    }
  }

  bool isPart(Value value) { return value.getDefiningOp() && concats.contains(value.getDefiningOp()); }

  /// Gathers may read any number of channels, concatenations of the set too.
  bool areUsersLegal(Value value, bool allowGathers) {
    return llvm::all_of(value.getUsers(), [&](Operation *user) {
      auto gather = dyn_cast<cnn::GatherOp>(user);
      return gather ? allowGathers && getGatheredChannels(gather).has_value() : concats.contains(user);
    });
  }

  bool isLegal(cnn::ConcatOp concat) {
    return areUsersLegal(concat.getOutput(), /*allowGathers=*/true) &&
           llvm::all_of(concat.getInputs(),
                        [&](Value input) { return isPart(input) || getChannels(input) % block == 0 || canPad(input); });
  }

  /// Whether `value` may get more channels: made by a convolution with constant weights, read by the set only.
  bool canPad(Value value) {
    auto conv = value.getDefiningOp<cnn::ConvolutionOp>();
    return conv && conv.getGroup() == 1 && !conv.getResidual() && getConstant(conv.getFilter()) &&
           (!conv.getBias() || getConstant(conv.getBias())) && areUsersLegal(value, /*allowGathers=*/false);
  }

  static RankedTensorType withExtent(Type type, int64_t dim, int64_t extent) {
    auto tensor = cast<RankedTensorType>(type);
    SmallVector<int64_t> shape(tensor.getShape());
    shape[dim] = extent;
    return RankedTensorType::get(shape, tensor.getElementType(), tensor.getEncoding());
  }

  /// A constant with zeros behind it, up to `extent` in dimension 0.
  static Value padConstant(OpBuilder &builder, Value value, int64_t extent) {
    ElementsAttr attr = getConstant(value);
    SmallVector<char> storage;
    SmallVector<char> bytes(getConstantBytes(attr, storage));
    int64_t rows = cast<RankedTensorType>(attr.getType()).getDimSize(0);
    bytes.resize(bytes.size() / rows * extent, 0);
    auto type = withExtent(attr.getType(), 0, extent);
    return arith::ConstantOp::create(builder, value.getLoc(), type, makeConstant(type, bytes));
  }

  void padOutputs(cnn::ConvolutionOp conv) {
    int64_t channels = getChannels(conv.getOutput()), padded = (channels + block - 1) / block * block;
    OpBuilder builder(conv);
    conv.getFilterMutable().assign(padConstant(builder, conv.getFilter(), padded));
    if (conv.getBias())
      conv.getBiasMutable().assign(padConstant(builder, conv.getBias(), padded));
    conv.getOutput().setType(withExtent(conv.getOutput().getType(), 1, padded));
    SmallVector<int64_t> &place = places[conv.getOutput()];
    place = llvm::to_vector(llvm::seq<int64_t>(0, channels));
    remarkPassed(conv, kPass, "computes whole blocks of channels", {{"channels", channels}, {"padded", padded}});
  }

  /// Gives `concat` the channels that its operands have now, and its gathers those that they took.
  void moveChannels(cnn::ConcatOp concat) {
    SmallVector<int64_t> place;
    int64_t start = 0;
    for (Value input : concat.getInputs()) {
      auto moved = places.find(input);
      if (moved == places.end())
        llvm::append_range(place, llvm::seq<int64_t>(start, start + getChannels(input)));
      else
        for (int64_t channel : moved->second)
          place.push_back(start + channel);
      start += getChannels(input);
    }
    concat.getOutput().setType(withExtent(concat.getOutput().getType(), 1, start));
    for (Operation *user : llvm::to_vector(concat->getUsers())) {
      auto gather = dyn_cast<cnn::GatherOp>(user);
      if (!gather)
        continue;
      SmallVector<int64_t> index = *getConstantInts(getConstant(gather.getIndices()));
      for (int64_t &channel : index)
        channel = place[channel];
      OpBuilder builder(gather);
      auto type = RankedTensorType::get({static_cast<int64_t>(index.size())}, builder.getI64Type());
      auto bytes = ArrayRef(reinterpret_cast<const char *>(index.data()), index.size() * sizeof(int64_t));
      gather.getIndicesMutable().assign(
          arith::ConstantOp::create(builder, gather.getLoc(), type, makeConstant(type, bytes)));
    }
    places[concat.getOutput()] = std::move(place);
  }

  func::FuncOp func;
  int64_t block;
  llvm::SetVector<Operation *> concats;
  /// Where the channels of a value lie since it has more of them.
  llvm::DenseMap<Value, SmallVector<int64_t>> places;
};

} // namespace

int64_t padGatheredConcats(func::FuncOp func, int64_t block) { return ConcatPadding(func, block).run(); }

} // namespace winnow
