//===- Attention.cpp - scaled dot product attention and positions ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Y = softmax(cap(Q * K' * scale) + bias) * V for each head, written out in
// matrix products: A. Vaswani et al., "Attention is all you need", 2017.
//
//===----------------------------------------------------------------------===//

#include "Formula.h"
#include "Registry.h"
#include "TensorData.h"

using namespace mlir;

namespace winnow::onnx_import {

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

namespace {
/// The operands of an attention, as [batch, heads, positions, features], and what it is asked for.
class Attention {
public:
  explicit Attention(NodeImport &node) : node(node), formula(node) {}
  LogicalResult import();

private:
  LogicalResult readHeads();
  Value splitHeads(unsigned input, int64_t heads);
  Value mergeHeads(Value value);
  LogicalResult extendByPast();
  Value shareHeads(Value value);
  Value getMask();
  Value getPositionBias();
  Value getWindow(int64_t left, int64_t right);
  Value getBias();
  Value toBias(Value allowed) {
    return formula.where(allowed, formula.scalar(0, query), formula.scalar(-kInfinity, query));
  }
  Value getProbabilities(Value scores, Value bias);
  int64_t getExtent(Value value, int64_t dimension) { return NodeImport::getType(value).getDimSize(dimension); }

  NodeImport &node;
  Formula formula;
  Value query, key, value;
  int64_t past = 0;
};
} // namespace

/// An input of rank 3 holds its heads one after another in the last dimension.
Value Attention::splitHeads(unsigned input, int64_t heads) {
  Value whole = node.getInput(input);
  if (node.getRank(input) == 4)
    return whole;
  Extents extents = node.getExtents(whole);
  SymbolicNumber count = SymbolicNumber::integer(heads), size = extents[2] / count;
  if (heads < 1 || !(size * count == extents[2])) {
    node.emitError() << "the features of " << node.getType(input) << " cannot be split into " << heads << " heads";
    return {};
  }
  return formula.transpose(formula.reshape(whole, {extents[0], extents[1], count, size}), {0, 2, 1, 3});
}

Value Attention::mergeHeads(Value whole) {
  Value moved = formula.transpose(whole, {0, 2, 1, 3});
  if (!moved || node.getRank(0) == 4)
    return moved ? whole : Value();
  Extents extents = node.getExtents(moved);
  return formula.reshape(moved, {extents[0], extents[1], extents[2] * extents[3]});
}

LogicalResult Attention::readHeads() {
  for (unsigned i = 0; i < 3; ++i)
    if (node.getRank(i) != node.getRank(0) || (node.getRank(i) != 3 && node.getRank(i) != 4))
      return node.emitError() << "expected Q, K and V of rank 3 or 4, but got " << node.getType(i);
  if (!isa<FloatType>(node.getType(0).getElementType()))
    return node.emitError() << "expected floats, but got " << node.getType(0);
  int64_t heads = node.getInt("q_num_heads", 0), sharedHeads = node.getInt("kv_num_heads", 0);
  query = splitHeads(0, heads);
  key = splitHeads(1, sharedHeads);
  value = splitHeads(2, sharedHeads);
  if (!query || !key || !value)
    return failure();
  for (Value operand : {query, key, value})
    if (!NodeImport::getType(operand).clone({1}).hasStaticShape() ||
        llvm::is_contained(NodeImport::getType(operand).getShape().drop_front(), ShapedType::kDynamic))
      return node.emitError() << "expected static extents but for the batch, but got " << operand.getType();
  return success();
}

/// Keys and values of the past come first.
LogicalResult Attention::extendByPast() {
  if (node.hasInput(4) != node.hasInput(5))
    return node.emitError() << "expected past_key and past_value together";
  if (!node.hasInput(4))
    return success();
  if (node.getRank(4) != 4 || node.getRank(5) != 4 || node.getType(4).isDynamicDim(2))
    return node.emitError() << "expected past keys and values of rank 4, but got " << node.getType(4) << " and "
                            << node.getType(5);
  past = node.getType(4).getDimSize(2);
  key = formula.concat({node.getInput(4), key}, 2);
  value = formula.concat({node.getInput(5), value}, 2);
  return success(key && value);
}

/// Fewer heads of keys and values serve several heads of queries each.
Value Attention::shareHeads(Value shared) {
  int64_t heads = getExtent(query, 1), own = getExtent(shared, 1);
  if (own == heads)
    return shared;
  if (own < 1 || heads % own != 0) {
    node.emitError() << heads << " heads of queries cannot share " << own << " heads of keys";
    return {};
  }
  Extents extents = node.getExtents(shared);
  Value repeated = formula.repeat(formula.unsqueeze(shared, 2), 2, heads / own);
  return formula.reshape(repeated, {extents[0], SymbolicNumber::integer(heads), extents[2], extents[3]});
}

/// Input attn_mask as a summand, as long as all keys; null where there is none.
Value Attention::getMask() {
  Value mask = node.getInput(3);
  if (!mask)
    return {};
  RankedTensorType type = node.getType(3);
  bool isBool = type.getElementType().isInteger(1);
  int64_t missing = type.getRank() ? getExtent(key, 2) - type.getDimSize(type.getRank() - 1) : 0;
  if (isBool)
    mask = toBias(mask);
  else
    mask = node.createCast(mask, NodeImport::getType(query).getElementType());
  if (mask && missing > 0) {
    llvm::SmallVector<int64_t> pads(2 * type.getRank(), 0);
    pads.back() = missing;
    mask = node.create<cnn::PadOp>(PadMode::Constant, mask, formula.scalar(-kInfinity, query), pads);
  }
  return mask;
}

/// 0 for the keys j with p - left <= j <= p + right of the query at position p, -infinity for others. A side of -1
/// has no bound. Positions begin behind the past, or (nonpad_kv_seqlen) end with each sample's valid keys.
Value Attention::getWindow(int64_t left, int64_t right) {
  int64_t rows = getExtent(query, 2), columns = getExtent(key, 2);
  if (!node.hasInput(6)) {
    llvm::SmallVector<bool> allowed;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column) {
        int64_t distance = row + past - column;
        allowed.push_back((left < 0 || distance <= left) && (right < 0 || -distance <= right));
      }
    auto type = RankedTensorType::get({rows, columns}, node.getBuilder().getI1Type());
    return toBias(node.createConstant(DenseElementsAttr::get(type, llvm::ArrayRef<bool>(allowed))));
  }
  Value row = formula.reshape(formula.count(-rows, rows), {rows, 1}), column = formula.count(0, columns);
  Extents batch = {node.getExtents(node.getInput(6))[0]};
  batch.append(3, SymbolicNumber::integer(1));
  Value valid = formula.reshape(node.createCast(node.getInput(6), node.getBuilder().getI64Type()), batch);
  Value distance = formula.add(formula.sub(row, column), valid), allowed;
  if (left >= 0)
    allowed = formula.lessOrEqual(distance, formula.scalar(static_cast<double>(left), column));
  if (right >= 0) {
    Value bounded = formula.lessOrEqual(formula.scalar(static_cast<double>(-right), column), distance);
    allowed = allowed ? formula.both(allowed, bounded) : bounded;
  }
  return toBias(allowed);
}

/// What positions forbid: keys behind the query, outside its window, and padding; null where nothing.
Value Attention::getPositionBias() {
  int64_t left = node.getInt("left_window_size", -1), right = node.getInt("right_window_size", -1);
  if (left < -1 || right < -1) {
    node.emitError() << "expected windows of -1 or more, but got " << std::min(left, right);
    return {};
  }
  if (node.getBool("is_causal"))
    right = 0;
  Value bias = left >= 0 || right >= 0 ? getWindow(left, right) : Value();
  if (!node.hasInput(6) || node.hasFailed())
    return bias;
  Value valid = node.createCast(node.getInput(6), node.getBuilder().getI64Type()), column;
  Extents batch = {node.getExtents(node.getInput(6))[0]};
  batch.append(3, SymbolicNumber::integer(1));
  column = formula.count(0, getExtent(key, 2));
  Value padding = toBias(formula.less(column, formula.reshape(valid, batch)));
  return bias ? formula.add(bias, padding) : padding;
}

Value Attention::getBias() {
  Value mask = getMask(), positions = node.hasFailed() ? Value() : getPositionBias();
  return mask && positions ? formula.add(mask, positions) : mask ? mask : positions;
}

/// Rows of which all keys are forbidden have no probabilities: they are zero.
Value Attention::getProbabilities(Value scores, Value bias) {
  Type own = NodeImport::getType(query).getElementType();
  if (int64_t dataType = node.getInt("softmax_precision", 0)) {
    Type precision = getElementType(static_cast<int>(std::clamp<int64_t>(dataType, 0, 1000)), node.getContext());
    if (!isa_and_nonnull<FloatType>(precision)) {
      node.emitError() << "softmax_precision = " << getDataTypeName(dataType) << " is not supported";
      return {};
    }
    scores = node.createCast(scores, precision);
  }
  Value probabilities = node.createCast(formula.softmax(scores, 3), own);
  if (!bias || !probabilities)
    return probabilities;
  int64_t last = NodeImport::getType(bias).getRank() - 1;
  Value largest = formula.reduce(ReductionKind::Max, bias, last);
  Value nothing = formula.equal(largest, formula.scalar(-kInfinity, query));
  return formula.where(nothing, formula.scalar(0, query), probabilities);
}

LogicalResult Attention::import() {
  if (failed(readHeads()) || failed(extendByPast()))
    return failure();
  if (node.hasInput(4) && node.hasInput(6))
    return node.emitError() << "expected nonpad_kv_seqlen or a past, but got both";
  Value newKey = key, newValue = value;
  key = shareHeads(key);
  value = shareHeads(value);
  double scale = node.getFloat("scale", 1.0 / std::sqrt(static_cast<double>(getExtent(query, 3))));
  double softcap = node.getFloat("softcap", 0);
  if (node.hasFailed() || !(scale >= 0))
    return node.emitError() << "expected a scale that is not negative, but got " << scale;
  Value root = formula.scalar(std::sqrt(scale), query);
  Value keys = formula.mul(formula.transpose(key, {0, 1, 3, 2}), root);
  Value raw = formula.matmul(formula.mul(query, root), keys), scores = raw;
  if (softcap > 0) {
    Value cap = formula.scalar(softcap, query);
    scores = formula.mul(node.create<cnn::TanhOp>(formula.div(raw, cap)), cap);
  }
  Value capped = scores, bias = getBias();
  if (bias)
    scores = formula.add(scores, bias);
  Value probabilities = getProbabilities(scores, bias);
  if (failed(node.setResult(0, mergeHeads(formula.matmul(probabilities, value)))) ||
      failed(node.setResult(1, newKey)) || failed(node.setResult(2, newValue)))
    return failure();
  int64_t mode = node.getInt("qk_matmul_output_mode", 0);
  if (mode < 0 || mode > 3)
    return node.emitError() << "expected qk_matmul_output_mode from 0 to 3, but got " << mode;
  return node.setResult(3, mode == 0 ? raw : mode == 1 ? capped : mode == 2 ? scores : probabilities);
}

static LogicalResult importAttention(NodeImport &node) { return Attention(node).import(); }

//===----------------------------------------------------------------------===//
// Rotary embedding
//===----------------------------------------------------------------------===//

/// The table's rows for the positions, as [batch or 1, positions, 1, features].
static Value getRotation(NodeImport &node, unsigned input) {
  Formula formula(node);
  Value table = node.getInput(input);
  if (node.hasInput(3))
    table = node.create<cnn::GatherOp>(table, node.getInput(3), 0);
  if (table && NodeImport::getType(table).getRank() != 3) {
    node.emitError() << "expected tables of rank " << (node.hasInput(3) ? 2 : 3) << ", but got " << node.getType(input);
    return {};
  }
  return formula.unsqueeze(table, 2);
}

/// Pairs of features are turned by angles that depend on the position: J. Su et al., "RoFormer", 2021.
static LogicalResult importRotaryEmbedding(NodeImport &node) {
  Formula formula(node);
  Value input = node.getInput(0);
  Extents original = node.getExtents(input);
  int64_t rank = node.getRank(0), heads = node.getInt("num_heads", 0);
  if (rank == 4) {
    input = formula.transpose(input, {0, 2, 1, 3});
  } else if (rank == 3 && heads > 0) {
    SymbolicNumber count = SymbolicNumber::integer(heads);
    input = formula.reshape(input, {original[0], original[1], count, original[2] / count});
  } else {
    return node.emitError() << "expected an input of rank 4, or of rank 3 and num_heads, but got " << node.getType(0);
  }
  Value cosine = getRotation(node, 1), sine = getRotation(node, 2);
  if (!input || !cosine || !sine)
    return failure();
  int64_t size = NodeImport::getType(input).getDimSize(3), turned = node.getInt("rotary_embedding_dim", 0);
  turned = turned == 0 ? size : turned;
  if (turned < 2 || turned % 2 != 0 || turned > size)
    return node.emitError() << "cannot turn " << turned << " of " << size << " features";
  bool interleaved = node.getBool("interleaved");
  int64_t half = turned / 2, step = interleaved ? 2 : 1;
  Value first = formula.slice(input, 3, 0, interleaved ? turned : half, step);
  Value second = formula.slice(input, 3, interleaved ? 1 : half, turned, step);
  Value real = formula.sub(formula.mul(cosine, first), formula.mul(sine, second));
  Value imaginary = formula.add(formula.mul(sine, first), formula.mul(cosine, second));
  Value result;
  if (interleaved) {
    Extents extents = node.getExtents(input);
    extents[3] = SymbolicNumber::integer(turned);
    result = formula.reshape(formula.concat({formula.unsqueeze(real, 4), formula.unsqueeze(imaginary, 4)}, 4), extents);
  } else {
    result = formula.concat({real, imaginary}, 3);
  }
  if (turned < size)
    result = formula.concat({result, formula.slice(input, 3, turned, size)}, 3);
  return node.setResult(rank == 4 ? formula.transpose(result, {0, 2, 1, 3}) : formula.reshape(result, original));
}

void registerAttention(Registry &registry) {
  registry.add("Attention", 3, 7, importAttention, 23);
  registry.add("RotaryEmbedding", 3, 4, importRotaryEmbedding, 23);
}

} // namespace winnow::onnx_import
