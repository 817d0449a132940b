//===- ControlFlow.cpp - If, Loop and Scan --------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A branch that is known when compiling is inlined; of two that are not, both
// are computed and `cnn.where` chooses. Loops are unrolled.
//
//===----------------------------------------------------------------------===//

#include "Formula.h"
#include "Registry.h"
#include "TensorData.h"

using namespace mlir;

namespace winnow::onnx_import {

/// A loop whose end is not known after so many iterations is refused.
static constexpr int64_t kMaxTrips = 4096;

/// A bool known when compiling.
static std::optional<bool> getKnownBool(NodeImport &node, Value condition) {
  std::optional<SymbolicTensor> known = node.getSymbolic(condition);
  std::optional<llvm::SmallVector<int64_t>> numbers = known ? known->getIntegers() : std::nullopt;
  return numbers && numbers->size() == 1 ? std::optional(numbers->front() != 0) : std::nullopt;
}

/// `a` where the condition holds, else `b`, which must be alike.
static Value choose(NodeImport &node, Value condition, Value a, Value b) {
  if (a == b)
    return a;
  if (a.getType() != b.getType()) {
    node.emitError() << "a condition known only when running chooses between results of types " << a.getType()
                     << " and " << b.getType();
    return {};
  }
  return node.setExtents(node.create<cnn::WhereOp>(node.createReshape(condition, {}), a, b), node.getExtents(a));
}

static LogicalResult setAll(NodeImport &node, llvm::ArrayRef<Value> results) {
  if (results.size() < node.getNumOutputs())
    return node.emitError() << "expected a body of " << node.getNumOutputs() << " results, but got " << results.size();
  for (unsigned i = 0; i < node.getNumOutputs(); ++i)
    if (failed(node.setResult(i, results[i])))
      return failure();
  return success();
}

static LogicalResult importIf(NodeImport &node) {
  if (node.getType(0).getElementType() != node.getBuilder().getI1Type())
    return node.emitError() << "expected a condition of bools, but got " << node.getType(0);
  const onnx::GraphProto *thenBody = node.getGraph("then_branch"), *elseBody = node.getGraph("else_branch");
  if (!thenBody || !elseBody)
    return failure();
  if (std::optional<bool> known = getKnownBool(node, node.getInput(0))) {
    std::optional<Values> results = node.importBody(*known ? *thenBody : *elseBody, {});
    return results ? setAll(node, *results) : failure();
  }
  if (node.getType(0).getNumElements() != 1)
    return node.emitError() << "expected a condition of one element, but got " << node.getType(0);
  std::optional<Values> thens = node.importBody(*thenBody, {}, "/then");
  std::optional<Values> elses = thens ? node.importBody(*elseBody, {}, "/else") : std::nullopt;
  if (!elses)
    return failure();
  if (thens->size() != elses->size())
    return node.emitError() << "the branches have " << thens->size() << " and " << elses->size() << " results";
  for (auto [a, b] : llvm::zip_equal(*thens, *elses))
    if (!(a = choose(node, node.getInput(0), a, b)))
      return failure();
  return setAll(node, *thens);
}

//===----------------------------------------------------------------------===//
// Results of all iterations
//===----------------------------------------------------------------------===//

/// Values of all iterations one after another along a new dimension `axis`.
static Value stack(NodeImport &node, llvm::ArrayRef<Value> parts, int64_t axis) {
  Values rows;
  for (Value part : parts) {
    llvm::SmallVector<SymbolicNumber> extents = node.getExtents(part);
    extents.insert(extents.begin() + axis, SymbolicNumber::integer(1));
    rows.push_back(node.createReshape(part, extents));
    if (!rows.back())
      return {};
  }
  if (rows.size() == 1)
    return rows[0];
  llvm::SmallVector<SymbolicNumber> extents = node.getExtents(rows[0]);
  extents[axis] = SymbolicNumber::integer(static_cast<int64_t>(rows.size()));
  return node.setExtents(node.create<cnn::ConcatOp>(rows, axis), extents);
}

/// What a loop of no iteration gathers: nothing, of the type that the body states.
static Value createEmpty(NodeImport &node, const onnx::ValueInfoProto &info, int64_t axis) {
  const onnx::TypeProto::Tensor &tensor = info.type().tensor_type();
  Type elementType = getElementType(tensor.elem_type(), node.getContext());
  llvm::SmallVector<int64_t> shape;
  for (const auto &dim : tensor.shape().dim())
    shape.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
  bool known = elementType && tensor.has_shape() && axis <= static_cast<int64_t>(shape.size()) &&
               llvm::all_of(shape, [](int64_t extent) { return extent >= 0; });
  if (!known) {
    node.emitError() << "no iteration takes place, and the body does not state the type of '" << sanitize(info.name())
                     << "'";
    return {};
  }
  shape.insert(shape.begin() + axis, 0);
  llvm::Expected<RankedTensorType> type = makeTensorType(shape, elementType);
  if (!type) {
    node.emitError() << "the result " << llvm::toString(type.takeError());
    return {};
  }
  return node.createConstant(DenseElementsAttr::get(*type, llvm::ArrayRef<Attribute>()));
}

//===----------------------------------------------------------------------===//
// Loop
//===----------------------------------------------------------------------===//

namespace {
/// A loop on its way: what it carries, what it gathers, and whether it still goes on.
struct LoopState {
  const onnx::GraphProto &body;
  std::optional<int64_t> trips;
  Values carried;
  llvm::SmallVector<Values> gathered;
  /// The condition for the next iteration, null where there is none.
  Value condition;
  /// Holds as long as no condition that is known only when running has failed; null while there is none.
  Value active;
};
} // namespace

/// Whether the next iteration takes place as far as is known when compiling.
static std::optional<bool> goesOn(NodeImport &node, LoopState &state, int64_t iteration) {
  if (state.trips && iteration >= *state.trips)
    return false;
  std::optional<bool> known = state.condition ? getKnownBool(node, state.condition) : true;
  if (known)
    return known;
  bool bounded = state.trips && *state.trips <= kMaxTrips;
  if (!state.gathered.empty() || !bounded) {
    node.emitError() << (bounded ? "the number of gathered results depends on data: " : "the loop has no bound: ")
                     << "expected input 1 (condition) or input 0 (trip count) to be known when compiling";
    return std::nullopt;
  }
  Value flag = node.createReshape(state.condition, {});
  state.active = state.active ? node.create<cnn::AndOp>(state.active, flag) : flag;
  return state.active ? std::optional(true) : std::nullopt;
}

static LogicalResult runIteration(NodeImport &node, LoopState &state, int64_t iteration) {
  Type i64 = node.getBuilder().getI64Type(), i1 = node.getBuilder().getI1Type();
  Value counter =
      node.createConstant(DenseElementsAttr::get(RankedTensorType::get({}, i64), llvm::ArrayRef<int64_t>(iteration)));
  Values arguments = {counter, state.condition ? state.condition : node.createScalar(i1, 1)};
  arguments.append(state.carried);
  std::optional<Values> results = node.importBody(state.body, arguments, "/" + std::to_string(iteration));
  if (!results)
    return failure();
  // Opset 1 and models without a condition at all still name one in the body.
  state.condition = results->front();
  for (size_t i = 0; i < state.carried.size(); ++i) {
    Value next = (*results)[1 + i];
    state.carried[i] = state.active ? choose(node, state.active, next, state.carried[i]) : next;
    if (!state.carried[i])
      return failure();
  }
  for (size_t i = 0; i < state.gathered.size(); ++i)
    state.gathered[i].push_back((*results)[1 + state.carried.size() + i]);
  return success();
}

static LogicalResult importLoop(NodeImport &node) {
  const onnx::GraphProto *body = node.getGraph("body");
  if (!body)
    return failure();
  unsigned numCarried = node.getNumInputs() < 2 ? 0 : node.getNumInputs() - 2;
  if (body->output_size() < 1 + static_cast<int>(numCarried))
    return node.emitError() << "expected a body of " << 1 + numCarried << " results or more, but got "
                            << body->output_size();
  LoopState state{*body, std::nullopt, {}, {}, node.getInput(1), {}};
  state.gathered.resize(body->output_size() - 1 - numCarried);
  for (unsigned i = 0; i < numCarried; ++i)
    state.carried.push_back(node.getInput(2 + i));
  if (llvm::is_contained(state.carried, Value()))
    return node.emitError() << "an initial value of the loop is missing";
  if (node.hasInput(0) && !(state.trips = node.getConstantInt(0, "trip count")))
    return failure();
  int64_t iteration = 0;
  for (;; ++iteration) {
    std::optional<bool> next = goesOn(node, state, iteration);
    if (!next)
      return failure();
    if (!*next)
      break;
    if (iteration == kMaxTrips)
      return node.emitError() << "loops of more than " << kMaxTrips << " iterations are not supported";
    if (failed(runIteration(node, state, iteration)))
      return failure();
  }
  Values results = state.carried;
  for (auto [i, parts] : llvm::enumerate(state.gathered))
    results.push_back(iteration ? stack(node, parts, 0)
                                : createEmpty(node, body->output(1 + static_cast<int>(numCarried + i)), 0));
  return setAll(node, results);
}

//===----------------------------------------------------------------------===//
// Scan
//===----------------------------------------------------------------------===//

namespace {
/// How a scan walks over its inputs and lays down what it gathers.
struct ScanPlan {
  const onnx::GraphProto &body;
  size_t numStates;
  int64_t trips;
  llvm::SmallVector<int64_t> inputAxes, outputAxes;
  llvm::SmallVector<int64_t> inputBackwards, outputBackwards;
};
} // namespace

/// Element `position` along `axis`, without that dimension.
static Value takePart(NodeImport &node, Value input, int64_t axis, int64_t position) {
  Value slice = node.createSlice(input, axis, position, position + 1);
  if (!slice)
    return {};
  llvm::SmallVector<SymbolicNumber> extents = node.getExtents(slice);
  extents.erase(extents.begin() + axis);
  return node.createReshape(slice, extents);
}

/// A list attribute of `size` numbers, zeros where it is missing.
static llvm::SmallVector<int64_t> getList(NodeImport &node, llvm::StringRef name, size_t size) {
  llvm::SmallVector<int64_t> list = node.getInts(name).value_or(llvm::SmallVector<int64_t>(size, 0));
  if (list.size() != size)
    node.emitError() << "expected attribute '" << name << "' to have " << size << " elements, but got " << list.size();
  list.resize(size, 0);
  return list;
}

/// Final states, then what was gathered.
static std::optional<Values> runScan(NodeImport &node, const ScanPlan &plan, llvm::ArrayRef<Value> inputs) {
  Values states(inputs.take_front(plan.numStates));
  llvm::SmallVector<Values> gathered(plan.body.output_size() - plan.numStates);
  for (int64_t trip = 0; trip < plan.trips; ++trip) {
    Values arguments = states;
    for (auto [i, input] : llvm::enumerate(inputs.drop_front(plan.numStates)))
      arguments.push_back(
          takePart(node, input, plan.inputAxes[i], plan.inputBackwards[i] ? plan.trips - 1 - trip : trip));
    std::optional<Values> results =
        node.hasFailed() ? std::nullopt : node.importBody(plan.body, arguments, "/" + std::to_string(trip));
    if (!results)
      return std::nullopt;
    std::copy_n(results->begin(), plan.numStates, states.begin());
    for (auto [i, parts] : llvm::enumerate(gathered))
      parts.push_back((*results)[plan.numStates + i]);
  }
  for (auto [i, parts] : llvm::enumerate(gathered)) {
    int64_t rank = parts.empty() ? 0 : NodeImport::getType(parts[0]).getRank(), axis = plan.outputAxes[i];
    if (axis < -rank - 1 || axis > rank) {
      node.emitError() << "scan_output_axes has " << axis << " for results of rank " << rank;
      return std::nullopt;
    }
    if (plan.outputBackwards[i])
      std::reverse(parts.begin(), parts.end());
    axis = axis < 0 ? axis + rank + 1 : axis;
    states.push_back(parts.empty() ? createEmpty(node, plan.body.output(static_cast<int>(plan.numStates + i)), 0)
                                   : stack(node, parts, axis));
  }
  return node.hasFailed() ? std::nullopt : std::optional(states);
}

/// Scan over `inputs`: states first, then what is walked over.
static std::optional<ScanPlan> planScan(NodeImport &node, const onnx::GraphProto &body, llvm::ArrayRef<Value> inputs,
                                        llvm::StringRef directions) {
  int64_t walked = node.getInt("num_scan_inputs", 0);
  auto numStates = static_cast<size_t>(static_cast<int64_t>(inputs.size()) - walked);
  if (walked < 1 || walked > static_cast<int64_t>(inputs.size()) || body.output_size() < static_cast<int>(numStates)) {
    node.emitError() << "num_scan_inputs = " << walked << " does not fit " << inputs.size() << " inputs and a body of "
                     << body.output_size() << " results";
    return std::nullopt;
  }
  size_t numGathered = body.output_size() - numStates;
  ScanPlan plan{body, numStates, 0, {}, {}, {}, {}};
  plan.inputAxes = getList(node, "scan_input_axes", walked);
  plan.outputAxes = getList(node, "scan_output_axes", numGathered);
  plan.inputBackwards = getList(node, directions, walked);
  plan.outputBackwards = getList(node, "scan_output_directions", numGathered);
  for (auto [i, axis] : llvm::enumerate(plan.inputAxes)) {
    RankedTensorType type = NodeImport::getType(inputs[numStates + i]);
    auto axes = node.normalizeAxes(axis, type.getRank());
    if (!axes)
      return std::nullopt;
    axis = axes->front();
    int64_t trips = type.getDimSize(axis);
    if (ShapedType::isDynamic(trips) || trips > kMaxTrips || (i > 0 && trips != plan.trips)) {
      node.emitError() << "expected the same static extent of at most " << kMaxTrips
                       << " in all dimensions that are walked over, but got dimension " << axis << " of " << type;
      return std::nullopt;
    }
    plan.trips = trips;
  }
  return node.hasFailed() ? std::nullopt : std::optional(plan);
}

static LogicalResult importScan(NodeImport &node) {
  const onnx::GraphProto *body = node.getGraph("body");
  Values inputs = node.getInputs();
  if (body && llvm::is_contained(inputs, Value()))
    return node.emitError() << "an input is missing";
  std::optional<ScanPlan> plan = body ? planScan(node, *body, inputs, "scan_input_directions") : std::nullopt;
  std::optional<Values> results = plan ? runScan(node, *plan, inputs) : std::nullopt;
  return results ? setAll(node, *results) : failure();
}

/// Scan 8: all tensors have a batch in front, of which each sample is walked over by itself.
static LogicalResult importBatchedScan(NodeImport &node) {
  const onnx::GraphProto *body = node.getGraph("body");
  if (!body)
    return failure();
  if (node.hasInput(0))
    return node.emitError() << "input 0 (sequence_lens) is not supported";
  Values inputs = node.getInputs(), samples;
  inputs.erase(inputs.begin());
  if (inputs.empty() || llvm::is_contained(inputs, Value()))
    return node.emitError() << "an input is missing";
  llvm::SmallVector<Values> results;
  int64_t batch = NodeImport::getType(inputs[0]).getRank() ? NodeImport::getType(inputs[0]).getDimSize(0) : -1;
  if (batch < 1 || batch > kMaxTrips)
    return node.emitError() << "expected a static batch in front, but got " << NodeImport::getType(inputs[0]);
  for (int64_t sample = 0; sample < batch; ++sample) {
    Values parts;
    for (Value input : inputs) {
      if (NodeImport::getType(input).getRank() == 0 || NodeImport::getType(input).getDimSize(0) != batch)
        return node.emitError() << "expected a batch of " << batch << ", but got " << NodeImport::getType(input);
      parts.push_back(takePart(node, input, 0, sample));
    }
    std::optional<ScanPlan> plan = node.hasFailed() ? std::nullopt : planScan(node, *body, parts, "directions");
    std::optional<Values> part = plan ? runScan(node, *plan, parts) : std::nullopt;
    if (!part)
      return failure();
    results.push_back(*part);
  }
  Values all;
  for (size_t i = 0; i < results[0].size(); ++i)
    all.push_back(stack(node, llvm::map_to_vector(results, [&](Values &part) { return part[i]; }), 0));
  return setAll(node, all);
}

void registerControlFlow(Registry &registry) {
  registry.add("If", 1, 1, importIf);
  registry.add("Loop", 0, kVariadic, importLoop);
  registry.add("Scan", 0, kVariadic, importBatchedScan, 8);
  registry.add("Scan", 1, kVariadic, importScan, 9);
}

} // namespace winnow::onnx_import
