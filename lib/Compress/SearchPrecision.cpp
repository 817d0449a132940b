//===- SearchPrecision.cpp - which layers need more bits -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantizer.h"

#include "winnow/Support/Remarks.h"

#include "llvm/Support/FormatVariadic.h"

#include <numeric>

using namespace mlir;

namespace winnow {

void Quantizer::keepFloat(ArrayRef<unsigned> layers) {
  parameters.keepFloat = DenseSet<unsigned>(layers.begin(), layers.end());
  plan = QuantizationPlan::make(main, parameters.keepFloat);
}

llvm::Expected<std::optional<size_t>> Quantizer::searchCount(ArrayRef<unsigned> order,
                                                             llvm::function_ref<void(ArrayRef<unsigned>)> raise) {
  // Twice as many each time until the budget holds; then between `tooFew` and `enough`.
  size_t tooFew = 0, enough = order.size() + 1;
  for (size_t tried = 1; enough - tooFew > 1;) {
    progress("trying with " + llvm::Twine(tried) + " layer(s) in more bits");
    raise(order.take_front(tried));
    llvm::Expected<Score> found = build();
    if (!found)
      return found.takeError();
    (found->getDrop() <= *options.maxDrop ? enough : tooFew) = tried;
    tried = enough > order.size() ? std::min(2 * tried, order.size()) : (tooFew + enough) / 2;
  }
  return enough > order.size() ? std::optional<size_t>() : enough;
}

llvm::Expected<Score> Quantizer::searchPrecision(const Score &whole) {
  std::vector<double> noise = addedNoise;
  std::vector<unsigned> order, narrow;
  for (unsigned i = 0; i < plan.layers.size(); ++i)
    if (plan.layers[i].quantized)
      order.push_back(i);
  llvm::sort(order, [&](unsigned a, unsigned b) { return noise[a] != noise[b] ? noise[a] > noise[b] : a < b; });
  llvm::copy_if(order, std::back_inserter(narrow), [&](unsigned layer) { return getWeightBits(layer) < 8; });
  auto explain = [&](ArrayRef<unsigned> layers, StringRef bits) {
    for (unsigned layer : layers) {
      reasons[layer] =
          llvm::formatv("kept in {0}: it adds noise of {1:P2} of its signal; {2:F2} points were lost without, "
                        "{3} are allowed",
                        bits, noise[layer], whole.getDrop(), *options.maxDrop);
      remarkMissed(plan.layers[layer].op.getOperation(), "winnow-quantize", reasons[layer], {{"noise", noise[layer]}});
    }
  };
  auto widen = [&](ArrayRef<unsigned> layers) { raised = DenseSet<unsigned>(layers.begin(), layers.end()); };
  auto leave = [&](ArrayRef<unsigned> layers) { keepFloat(layers); };
  if (!narrow.empty()) {
    llvm::Expected<std::optional<size_t>> count = searchCount(narrow, widen);
    if (!count)
      return count.takeError();
    ArrayRef<unsigned> widened = ArrayRef<unsigned>(narrow).take_front(count->value_or(narrow.size()));
    widen(widened);
    explain(widened, "8 bits");
    if (*count)
      return build();
  }
  // One layer stays: a network without integers is not what was asked for.
  ArrayRef<unsigned> candidates = ArrayRef<unsigned>(order).drop_back();
  llvm::Expected<std::optional<size_t>> count = searchCount(candidates, leave);
  if (!count)
    return count.takeError();
  if (!*count)
    return llvm::createStringError(llvm::formatv("no mixture of integer and f32 layers loses at most {0} points of "
                                                 "accuracy: {1:F2} are lost with all layers as integers",
                                                 *options.maxDrop, whole.getDrop()));
  leave(candidates.take_front(**count));
  explain(candidates.take_front(**count), "f32");
  return build();
}

} // namespace winnow
