//===- PruningCriterion.cpp - how weights are chosen ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Compress/Prune.h"

#include "llvm/ADT/STLExtras.h"

namespace winnow {

static constexpr std::pair<PruningCriterion, llvm::StringLiteral> kNames[] = {
    {PruningCriterion::Surgeon, "surgeon"},
    {PruningCriterion::Magnitude, "magnitude"},
    {PruningCriterion::Taylor, "taylor"},
    {PruningCriterion::Fisher, "fisher"},
};

std::optional<PruningCriterion> parseCriterion(llvm::StringRef text) {
  for (auto [criterion, name] : kNames)
    if (name == text)
      return criterion;
  return std::nullopt;
}

llvm::StringRef getName(PruningCriterion criterion) {
  return llvm::find_if(kNames, [&](const auto &entry) { return entry.first == criterion; })->second;
}

llvm::StringRef getCriteria() { return "surgeon, magnitude, taylor or fisher"; }

} // namespace winnow
