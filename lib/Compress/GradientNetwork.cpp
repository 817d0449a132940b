//===- GradientNetwork.cpp - a network run with its derivatives -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientNetwork.h"

#include "GradientRules.h"
#include "Gradients.h"
#include "NetworkCopy.h"
#include "Simulation.h"
#include "WeightedNetwork.h"

#include <random>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

Value createLossGradient(OpBuilder &builder, Value output, Value direction, Value flag) {
  Term z(builder, output.getLoc(), output), v = z.with(direction), isLabelled = z.with(flag);
  Term p = z.make<SoftmaxOp>(z.get(), int64_t(1)), root = p.make<SqrtOp>(p.get());
  Term curved = root * v - p * (root * v).sumAlong(1);
  return (isLabelled * (p - v) + (1.0 - isLabelled) * curved).get();
}

/// The sum of a value (N, C, ...) over all but its first two dimensions.
static Value sumPlane(Term value) {
  SmallVector<int64_t> axes;
  for (int64_t i = 2; i < cast<RankedTensorType>(value.get().getType()).getRank(); ++i)
    axes.push_back(i);
  if (axes.empty())
    return value.get();
  return value.make<ReduceOp>(ReductionKind::Sum, value.get(), ArrayRef<int64_t>(axes), false).get();
}

/// Shows what is asked for of a layer; the number of the first result.
static std::optional<unsigned> show(NetworkCopy &copy, OpBuilder &builder, const LayerOp &layer,
                                    const Gradients &gradients, GradientNetwork::Show what) {
  if (what == GradientNetwork::Show::Weights) {
    Value gradient = gradients.get(layer.getOutput());
    if (!gradient)
      return std::nullopt;
    unsigned first = copy.show(layer.getInput());
    copy.show(gradient);
    return first;
  }
  Value gradient = gradients.getThrough(layer.getOperation()->getOpOperand(0));
  if (!gradient)
    return std::nullopt;
  Term x(builder, layer.getOperation()->getLoc(), layer.getInput()), by = x.with(gradient);
  unsigned first = copy.show(sumPlane(x * by));
  copy.show(sumPlane(by));
  copy.show(sumPlane(x));
  return first;
}

llvm::Expected<GradientNetwork> GradientNetwork::make(ModuleOp module, Show what, NetworkRunner &runner) {
  NetworkCopy copy(module);
  GradientNetwork made;
  made.batch = copy.getBatch();
  func::FuncOp main = copy.getMain();
  splitActivations(main);
  std::vector<LayerOp> layers = findLayers(main);
  SmallVector<Value> asked;
  for (const LayerOp &layer : layers)
    asked.push_back(what == Show::Weights ? layer.getOutput() : layer.getInput());
  // Behind a softmax the loss is that of what it is taken of.
  Operation *last = main.getBody().front().getTerminator();
  Value output = skipSoftmax(last->getOperand(0));
  auto type = cast<RankedTensorType>(output.getType());
  if (!type.getElementType().isF32() || type.getRank() < 2 || type.getDimSize(1) < 2)
    return llvm::createStringError("gradients need a first output of f32 with classes along axis 1, two or more");
  for (int64_t extent : type.getShape().drop_front()) {
    if (ShapedType::isDynamic(extent))
      return llvm::createStringError("gradients need a first output of known extents besides the batch");
    made.outputs *= extent;
  }
  OpBuilder builder(last);
  auto flagType = RankedTensorType::get({}, builder.getF32Type());
  Value direction = copy.addArgument(type, "direction"), flag = copy.addArgument(flagType, "labelled");
  Value seed = createLossGradient(builder, output, direction, flag);
  llvm::Expected<Gradients> gradients = Gradients::build(builder, output, seed, asked);
  if (!gradients)
    return llvm::createStringError("gradients are not known: " + llvm::toString(gradients.takeError()));
  for (const LayerOp &layer : layers)
    made.places.push_back(show(copy, builder, layer, *gradients, what));
  copy.finishResults();
  llvm::Expected<std::unique_ptr<RunnableNetwork>> network = runner.prepare(copy.getModule());
  if (!network)
    return network.takeError();
  made.network = std::move(*network);
  return std::move(made);
}

llvm::Expected<std::vector<float>> GradientNetwork::getDirections(const SampleSet &samples, size_t first,
                                                                  bool useLabels) const {
  std::vector<float> directions(batch * outputs, 0.0f);
  for (size_t k = 0; k < batch; ++k) {
    if (useLabels) {
      int64_t label = samples.getLabels()[first + k];
      if (label < 0 || label >= int64_t(outputs))
        return llvm::createStringError("label " + llvm::Twine(label) + " of sample " + llvm::Twine(first + k) +
                                       ": expected a class below " + llvm::Twine(outputs) +
                                       ", as many as the network's first output has");
      directions[k * outputs + label] = 1;
      continue;
    }
    std::mt19937 random(static_cast<uint32_t>(first + k));
    for (size_t i = 0; i < outputs; ++i)
      directions[k * outputs + i] = random() & 1 ? 1.0f : -1.0f;
  }
  return directions;
}

llvm::Error GradientNetwork::run(const SampleSet &samples, size_t first, bool useLabels) {
  useLabels &= !samples.getLabels().empty();
  llvm::Expected<std::vector<float>> directions = getDirections(samples, first, useLabels);
  if (!directions)
    return directions.takeError();
  std::vector<std::vector<float>> inputs = joinSamples(samples, first, batch);
  std::vector<float> flag(1, useLabels);
  std::vector<ArrayRef<char>> arguments;
  for (const std::vector<float> &input : inputs)
    arguments.push_back(getBytes(input));
  arguments.push_back(getBytes(*directions));
  arguments.push_back(getBytes(flag));
  return network->run(arguments);
}

std::optional<ArrayRef<float>> GradientNetwork::get(size_t layer, unsigned which) const {
  if (!places[layer])
    return std::nullopt;
  return network->getResult(*places[layer] + which);
}

} // namespace winnow
