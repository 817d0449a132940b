//===- PruneByTaylor.cpp - weights and channels by derivatives ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Molchanov et al., "Importance Estimation for Neural Network Pruning", CVPR 2019: what the loss changes by if
// something is removed is, to first order, its size times the derivative by it; squared, and the mean over samples
// taken.

#include "Pruner.h"

#include <cmath>

using namespace mlir;

namespace winnow {

/// Multiplications that runs with derivatives may take, and within what that leaves, the samples.
static constexpr double kGradientMacs = 4e11;
static constexpr size_t kLeastSamples = 64, kMostSamples = 2048;

std::vector<float> weighRows(const WeightMatrix &weights, const Importance &importance, PruningCriterion criterion) {
  std::vector<float> weighed = weights.rows.vec();
  size_t length = weights.getLength();
  for (size_t i = 0; i < weighed.size() && needsGradients(criterion) && !importance.weights.empty(); ++i)
    weighed[i] *=
        std::sqrt(criterion == PruningCriterion::Taylor ? importance.weights[i] : importance.rows[i / length]);
  return weighed;
}

llvm::Error Pruner::lookAtGradients() {
  if (!needsGradients(options.criterion))
    return llvm::Error::success();
  progress("compiling the network's derivatives");
  // A run, the sweep back, and derivatives by weights.
  double macs = std::max(1.0, countRunMacs() / network->getBatch());
  size_t wanted = static_cast<size_t>(kGradientMacs / (3 * macs));
  wanted = std::min(std::clamp(wanted, kLeastSamples, kMostSamples) / network->getBatch() + 1, fitted.size());
  std::vector<size_t> which;
  for (size_t i = 0; i < wanted; ++i)
    which.push_back(fitted[i * fitted.size() / wanted]);
  bool byChannels = classes && options.criterion == PruningCriterion::Taylor;
  auto found = findImportance(module, byChannels ? GradientNetwork::Show::Channels : GradientNetwork::Show::Weights,
                              samples, which, options.criterion == PruningCriterion::Taylor, runner,
                              [&](const llvm::Twine &step) { progress(step); });
  if (!found)
    return found.takeError();
  importance = std::move(*found);
  return llvm::Error::success();
}

std::vector<unsigned> Pruner::orderChannelsByTaylor(const ChannelGroup &group) const {
  std::vector<double> costs(group.classes.size(), 0.0);
  size_t count = 0;
  for (const ChannelUse &use : group.readers)
    if (const Importance &of = importance[use.layer]; !of.means.empty())
      count = of.products.size() / of.means.size();
  // All that goes with a class, in all layers that read it, changes the loss together. What stays makes up for the
  // mean.
  std::vector<double> changes(count * costs.size(), 0.0);
  for (const ChannelUse &use : group.readers) {
    const Importance &of = importance[use.layer];
    size_t channels = of.means.size(), taps = layers[use.layer].op.getTaps();
    for (size_t place = 0; place < costs.size() && channels > 0; ++place)
      for (size_t k = 0; k < use.places[place].size(); k += taps)
        for (size_t sample = 0, channel = use.places[place][k] / taps; sample < count; ++sample) {
          size_t at = sample * channels + channel;
          changes[sample * costs.size() + place] +=
              double(of.products[at]) - double(of.means[channel]) * of.derivatives[at];
        }
  }
  for (size_t i = 0; i < changes.size(); ++i)
    costs[i % costs.size()] += changes[i] * changes[i];
  std::vector<unsigned> places(costs.size());
  for (size_t i = 0; i < places.size(); ++i)
    places[i] = i;
  llvm::sort(places, [&](unsigned a, unsigned b) { return std::pair(costs[a], a) < std::pair(costs[b], b); });
  places.pop_back(); // one has to stay
  std::vector<unsigned> order;
  for (unsigned place : places)
    order.push_back(group.classes[place]);
  return order;
}

} // namespace winnow
