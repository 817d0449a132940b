//===- Recurrent.cpp - RNN, LSTM and GRU ----------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sequences are unrolled. The inputs of all positions meet their weights in one
// matrix product; each position then has the product of its state alone.
//
//===----------------------------------------------------------------------===//

#include "Formula.h"
#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_import {

/// A sequence is unrolled: longer ones would take too long to compile.
static constexpr int64_t kMaxSteps = 1024;

namespace {
enum class Cell { Plain, Lstm, Gru };

/// A function by name with its parameters.
struct Activation {
  std::string name;
  double alpha, beta;
};

/// One recurrent node, direction after direction.
class Recurrent {
public:
  Recurrent(NodeImport &node, Cell cell) : node(node), formula(node), cell(cell) {}
  LogicalResult import();

private:
  /// What one direction works on.
  struct Direction {
    Value projected;      // [positions, batch, gates * hidden]: inputs times weights, and the bias of the inputs
    Value recurrence;     // [hidden, gates * hidden]
    Value recurrenceBias; // [gates * hidden], null where it is none or part of `projected`
    Value peepholes;      // [3 * hidden], null where there are none
    llvm::SmallVector<Activation> activations;
  };
  struct State {
    Value hidden, memory; // [batch (or 1), hidden]
  };

  LogicalResult readAttributes();
  LogicalResult readInputs();
  std::optional<Direction> readDirection(int64_t index);
  LogicalResult readActivations();
  Value getPart(unsigned input, int64_t index);
  Value getInitial(unsigned input, int64_t index);
  Value gate(Value all, int64_t index) { return formula.slice(all, 1, index * hidden, (index + 1) * hidden); }
  Value activate(const Activation &activation, Value value);
  Value squash(const Direction &direction, size_t index, Value value);
  State stepPlain(const Direction &direction, Value input, const State &state);
  State stepLstm(const Direction &direction, Value input, const State &state);
  State stepGru(const Direction &direction, Value input, const State &state);
  Value complement(const Direction &direction, Value before, Value gate);
  State step(const Direction &direction, Value input, const State &state);
  LogicalResult run(int64_t index, bool backwards);
  Value layOut(llvm::ArrayRef<Value> parts);

  NodeImport &node;
  Formula formula;
  Cell cell;
  int64_t hidden = 0, gates = 1, directions = 1, steps = 0;
  bool batchFirst = false;
  double clip = 0;
  Value sequence, lengths;
  llvm::SmallVector<Activation> activations;
  Values outputs, lastHidden, lastMemory; // one value a direction
};
} // namespace

//===----------------------------------------------------------------------===//
// Attributes and inputs
//===----------------------------------------------------------------------===//

/// Names of functions, one list after another for each direction, and parameters for those that take some.
LogicalResult Recurrent::readActivations() {
  llvm::SmallVector<std::string> names = node.getStrings("activations").value_or(llvm::SmallVector<std::string>());
  llvm::SmallVector<double> alphas = node.getFloats("activation_alpha").value_or(llvm::SmallVector<double>());
  llvm::SmallVector<double> betas = node.getFloats("activation_beta").value_or(llvm::SmallVector<double>());
  size_t perDirection = cell == Cell::Plain ? 1 : cell == Cell::Lstm ? 3 : 2;
  if (names.empty())
    for (int64_t i = 0; i < directions; ++i) {
      if (cell != Cell::Plain)
        names.push_back("Sigmoid");
      names.append(cell == Cell::Lstm ? 2 : 1, "Tanh");
    }
  if (names.size() != perDirection * directions)
    return node.emitError() << "expected " << perDirection * directions << " activations, but got " << names.size();
  // ONNX gives parameters only to the functions that have them, in their order.
  static const llvm::StringMap<std::pair<std::optional<double>, std::optional<double>>> defaults = {
      {"Affine", {1.0, 0.0}},
      {"LeakyRelu", {0.01, std::nullopt}},
      {"ThresholdedRelu", {1.0, std::nullopt}},
      {"ScaledTanh", {1.0, 1.0}},
      {"HardSigmoid", {0.2, 0.5}},
      {"Elu", {1.0, std::nullopt}},
      {"Sigmoid", {{}, {}}},
      {"Tanh", {{}, {}}},
      {"Relu", {{}, {}}},
      {"Softsign", {{}, {}}},
      {"Softplus", {{}, {}}}};
  size_t nextAlpha = 0, nextBeta = 0;
  for (const std::string &name : names) {
    auto known = defaults.find(name);
    if (known == defaults.end())
      return node.emitError() << "activation '" << sanitize(name) << "' is not supported";
    Activation activation{name, known->second.first.value_or(0), known->second.second.value_or(0)};
    if (known->second.first && nextAlpha < alphas.size())
      activation.alpha = alphas[nextAlpha++];
    if (known->second.second && nextBeta < betas.size())
      activation.beta = betas[nextBeta++];
    activations.push_back(activation);
  }
  return success();
}

LogicalResult Recurrent::readAttributes() {
  gates = cell == Cell::Plain ? 1 : cell == Cell::Lstm ? 4 : 3;
  directions = node.getEnum<int64_t>("direction", "forward", {{"forward", 1}, {"reverse", 1}, {"bidirectional", 2}});
  batchFirst = node.getBool("layout");
  clip = node.getFloat("clip", 0);
  if (clip < 0)
    return node.emitError() << "expected a clip that is not negative, but got " << clip;
  return readActivations();
}

LogicalResult Recurrent::readInputs() {
  for (unsigned i = 0; i < 3; ++i)
    if (node.getRank(i) != 3 || !isa<FloatType>(node.getType(i).getElementType()))
      return node.emitError() << "expected floats of rank 3, but got " << node.getType(i);
  hidden = node.getType(2).getDimSize(2);
  if (node.getType(1).getDimSize(0) != directions || node.getType(1).getDimSize(1) != gates * hidden ||
      node.getType(2).getShape() != llvm::ArrayRef<int64_t>{directions, gates * hidden, hidden} ||
      node.getInt("hidden_size", hidden) != hidden)
    return node.emitError() << "weights " << node.getType(1) << " and " << node.getType(2) << " do not fit "
                            << directions << " direction(s) of " << gates << " gates";
  sequence = batchFirst ? formula.transpose(node.getInput(0), {1, 0, 2}) : node.getInput(0);
  if (!sequence)
    return failure();
  steps = NodeImport::getType(sequence).getDimSize(0);
  if (steps < 1 || steps > kMaxSteps)
    return node.emitError() << "expected a sequence of a static length from 1 to " << kMaxSteps << ", but got "
                            << node.getType(0);
  if (!node.hasInput(4))
    return success();
  std::optional<SymbolicTensor> known = node.getSymbolic(4);
  auto numbers = known ? known->getIntegers() : std::nullopt;
  if (numbers && llvm::all_of(*numbers, [&](int64_t length) { return length == steps; }))
    return success();
  lengths = node.createCast(node.getInput(4), node.getBuilder().getI64Type());
  lengths = formula.unsqueeze(lengths, NodeImport::getType(lengths).getRank());
  return success(!!lengths);
}

/// Row `index` of an input that has one for each direction.
Value Recurrent::getPart(unsigned input, int64_t index) {
  if (!node.hasInput(input))
    return {};
  if (node.getRank(input) == 0 || node.getType(input).getDimSize(0) != directions) {
    node.emitError() << "expected input " << input << " to have " << directions << " direction(s), but got "
                     << node.getType(input);
    return {};
  }
  return formula.squeeze(formula.slice(node.getInput(input), 0, index, index + 1), 0);
}

/// An initial state, zero where it is left out.
Value Recurrent::getInitial(unsigned input, int64_t index) {
  if (!node.hasInput(input)) {
    auto type = RankedTensorType::get({1, hidden}, node.getType(0).getElementType());
    Attribute zero = FloatAttr::get(type.getElementType(), 0.0);
    return node.createConstant(DenseElementsAttr::get(type, zero));
  }
  if (node.getRank(input) != 3) {
    node.emitError() << "expected an initial state of rank 3, but got " << node.getType(input);
    return {};
  }
  if (!batchFirst)
    return getPart(input, index);
  return formula.squeeze(formula.slice(node.getInput(input), 1, index, index + 1), 1);
}

std::optional<Recurrent::Direction> Recurrent::readDirection(int64_t index) {
  Direction direction;
  size_t count = activations.size() / directions;
  direction.activations.append(activations.begin() + index * count, activations.begin() + (index + 1) * count);
  Value weights = formula.transpose(getPart(1, index), {1, 0});
  direction.recurrence = formula.transpose(getPart(2, index), {1, 0});
  // All positions of all samples are the rows of one matrix.
  Extents extents = node.getExtents(sequence);
  Value rows = formula.reshape(sequence, {extents[0] * extents[1], extents[2]});
  extents[2] = SymbolicNumber::integer(gates * hidden);
  direction.projected = formula.reshape(formula.matmul(rows, weights), extents);
  if (Value bias = getPart(3, index)) {
    if (NodeImport::getType(bias).getShape() != llvm::ArrayRef<int64_t>(2 * gates * hidden)) {
      node.emitError() << "expected a bias of " << 2 * gates * hidden << " elements a direction";
      return std::nullopt;
    }
    Value own = formula.slice(bias, 0, 0, gates * hidden);
    Value recurrent = formula.slice(bias, 0, gates * hidden, 2 * gates * hidden);
    bool apart = cell == Cell::Gru && node.getBool("linear_before_reset");
    direction.projected = formula.add(direction.projected, apart ? own : formula.add(own, recurrent));
    direction.recurrenceBias = apart ? recurrent : Value();
  }
  if (cell == Cell::Lstm)
    direction.peepholes = getPart(7, index);
  return node.hasFailed() ? std::nullopt : std::optional(direction);
}

//===----------------------------------------------------------------------===//
// One position
//===----------------------------------------------------------------------===//

Value Recurrent::activate(const Activation &activation, Value value) {
  llvm::StringRef name = activation.name;
  if (name == "Sigmoid")
    return node.create<cnn::SigmoidOp>(value);
  if (name == "Tanh")
    return node.create<cnn::TanhOp>(value);
  if (name == "Relu")
    return node.create<cnn::ReluOp>(value);
  if (name == "Softsign")
    return node.create<cnn::SoftsignOp>(value);
  if (name == "Softplus")
    return node.create<cnn::SoftplusOp>(value);
  if (name == "LeakyRelu")
    return node.create<cnn::LeakyReluOp>(value, activation.alpha);
  if (name == "ThresholdedRelu")
    return node.create<cnn::ThresholdedReluOp>(value, activation.alpha);
  if (name == "Elu")
    return node.create<cnn::EluOp>(value, activation.alpha);
  if (name == "HardSigmoid")
    return node.create<cnn::HardSigmoidOp>(value, activation.alpha, activation.beta);
  Value alpha = formula.scalar(activation.alpha, value), beta = formula.scalar(activation.beta, value);
  if (name == "ScaledTanh")
    return formula.mul(alpha, node.create<cnn::TanhOp>(formula.mul(beta, value)));
  return formula.add(formula.mul(alpha, value), beta); // Affine
}

/// Function `index` of the direction; what goes in is clipped first.
Value Recurrent::squash(const Direction &direction, size_t index, Value value) {
  if (clip > 0 && value)
    value = node.create<cnn::ClipOp>(value, formula.scalar(-clip, value), formula.scalar(clip, value));
  return activate(direction.activations[index], value);
}

Recurrent::State Recurrent::stepPlain(const Direction &direction, Value input, const State &state) {
  return {squash(direction, 0, formula.add(input, formula.matmul(state.hidden, direction.recurrence))), {}};
}

/// Gates lie in the order input, output, forget, cell. Where no peephole needs them one by one, the first three are
/// squashed together: fewer and longer loops.
Recurrent::State Recurrent::stepLstm(const Direction &direction, Value input, const State &state) {
  Value all = formula.add(input, formula.matmul(state.hidden, direction.recurrence));
  bool together = !direction.peepholes;
  Value squashed = together ? squash(direction, 0, formula.slice(all, 1, 0, 3 * hidden)) : Value();
  auto getGate = [&](int64_t index, Value memory) {
    if (together)
      return gate(squashed, index);
    Value weights = formula.slice(direction.peepholes, 0, index * hidden, (index + 1) * hidden);
    return squash(direction, 0, formula.add(gate(all, index), formula.mul(weights, memory)));
  };
  Value in = getGate(0, state.memory);
  Value forget = node.getBool("input_forget") ? formula.sub(formula.scalar(1, in), in) : getGate(2, state.memory);
  Value candidate = squash(direction, 1, gate(all, 3));
  Value memory = formula.add(formula.mul(forget, state.memory), formula.mul(in, candidate));
  return {formula.mul(getGate(1, memory), squash(direction, 2, memory)), memory};
}

/// 1 - gate, where the gate is function 0 of `before`. A sigmoid near 1 would lose its digits in the difference:
/// 1 - sigmoid(x) is sigmoid(-x).
Value Recurrent::complement(const Direction &direction, Value before, Value gate) {
  if (direction.activations[0].name != "Sigmoid" || !before)
    return formula.sub(formula.scalar(1, gate), gate);
  return squash(direction, 0, node.create<cnn::NegOp>(before));
}

/// Gates lie in the order update, reset, hidden; the first two are squashed together.
Recurrent::State Recurrent::stepGru(const Direction &direction, Value input, const State &state) {
  bool resetLast = node.getBool("linear_before_reset");
  Value recurrence = direction.recurrence, candidate = gate(input, 2);
  Value product = formula.matmul(state.hidden, resetLast ? recurrence : formula.slice(recurrence, 1, 0, 2 * hidden));
  if (direction.recurrenceBias)
    product = formula.add(product, direction.recurrenceBias);
  Value before = formula.add(formula.slice(input, 1, 0, 2 * hidden), formula.slice(product, 1, 0, 2 * hidden));
  Value squashed = squash(direction, 0, before), update = gate(squashed, 0), reset = gate(squashed, 1);
  if (resetLast) {
    candidate = formula.add(candidate, formula.mul(reset, gate(product, 2)));
  } else {
    Value weights = formula.slice(recurrence, 1, 2 * hidden, 3 * hidden);
    candidate = formula.add(candidate, formula.matmul(formula.mul(reset, state.hidden), weights));
  }
  Value fresh = formula.mul(complement(direction, gate(before, 0), update), squash(direction, 1, candidate));
  return {formula.add(fresh, formula.mul(update, state.hidden)), {}};
}

Recurrent::State Recurrent::step(const Direction &direction, Value input, const State &state) {
  switch (cell) {
  case Cell::Plain:
    return stepPlain(direction, input, state);
  case Cell::Lstm:
    return stepLstm(direction, input, state);
  case Cell::Gru:
    return stepGru(direction, input, state);
  }
  return {};
}

//===----------------------------------------------------------------------===//
// All positions
//===----------------------------------------------------------------------===//

/// Where a sequence has ended, the state stays and the output is zero.
LogicalResult Recurrent::run(int64_t index, bool backwards) {
  std::optional<Direction> direction = readDirection(index);
  if (!direction)
    return failure();
  State state{getInitial(5, index), cell == Cell::Lstm ? getInitial(6, index) : Value()};
  Values parts(steps);
  for (int64_t i = 0; i < steps && !node.hasFailed(); ++i) {
    int64_t position = backwards ? steps - 1 - i : i;
    Value input = formula.squeeze(formula.slice(direction->projected, 0, position, position + 1), 0);
    State next = step(*direction, input, state);
    parts[position] = next.hidden;
    if (lengths) {
      Value valid = formula.less(formula.scalar(static_cast<double>(position), lengths), lengths);
      parts[position] = formula.where(valid, next.hidden, formula.scalar(0, next.hidden));
      next.hidden = formula.where(valid, next.hidden, state.hidden);
      if (cell == Cell::Lstm)
        next.memory = formula.where(valid, next.memory, state.memory);
    }
    state = next;
  }
  for (Value &part : parts)
    part = formula.unsqueeze(part, 0);
  outputs.push_back(formula.concat(parts, 0));
  lastHidden.push_back(state.hidden);
  lastMemory.push_back(state.memory);
  return success(!node.hasFailed());
}

/// [batch, hidden] of each direction as [directions, batch, hidden], or with the batch first.
Value Recurrent::layOut(llvm::ArrayRef<Value> parts) {
  int64_t axis = batchFirst ? 1 : 0;
  return formula.concat(llvm::map_to_vector(parts, [&](Value part) { return formula.unsqueeze(part, axis); }), axis);
}

LogicalResult Recurrent::import() {
  if (failed(readAttributes()) || failed(readInputs()))
    return failure();
  bool reverse = node.getString("direction", "forward") == "reverse";
  for (int64_t i = 0; i < directions; ++i)
    if (failed(run(i, reverse || i == 1)))
      return failure();
  // [positions, batch, hidden] of each direction as [positions, directions, batch, hidden].
  Value all = formula.concat(llvm::map_to_vector(outputs, [&](Value part) { return formula.unsqueeze(part, 1); }), 1);
  if (batchFirst)
    all = formula.transpose(all, {2, 0, 1, 3});
  if (node.hasOutput(0) && failed(node.setResult(0, all)))
    return failure();
  if (node.hasOutput(1) && failed(node.setResult(1, layOut(lastHidden))))
    return failure();
  return cell == Cell::Lstm && node.hasOutput(2) ? node.setResult(2, layOut(lastMemory)) : success();
}

template <Cell cell> static LogicalResult importRecurrent(NodeImport &node) { return Recurrent(node, cell).import(); }

void registerRecurrent(Registry &registry) {
  // Before operator set 7 the layout of results differs.
  registry.add("RNN", 3, 6, importRecurrent<Cell::Plain>, 7);
  registry.add("LSTM", 3, 8, importRecurrent<Cell::Lstm>, 7);
  registry.add("GRU", 3, 6, importRecurrent<Cell::Gru>, 7);
}

} // namespace winnow::onnx_import
