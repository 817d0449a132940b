//===- Einsum.cpp - equations of Einstein sums ----------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/ShapeRules.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <map>

using namespace mlir;
using llvm::Twine;

namespace winnow {

static constexpr llvm::StringLiteral kEllipsis = "...";

/// The labels of one term; an ellipsis stands for `broadcastRank` dimensions.
static FailureOr<llvm::SmallVector<int>> parseTerm(llvm::StringRef term, int64_t broadcastRank, Report report) {
  llvm::SmallVector<int> labels;
  bool seenEllipsis = false;
  for (size_t i = 0; i < term.size(); ++i) {
    if (llvm::isAlpha(term[i])) {
      labels.push_back(term[i]);
    } else if (!seenEllipsis && term.substr(i).starts_with(kEllipsis)) {
      seenEllipsis = true;
      for (int64_t d = broadcastRank; d > 0; --d)
        labels.push_back(-static_cast<int>(d));
      i += kEllipsis.size() - 1;
    } else {
      return report("expected letters and at most one ellipsis in a term but got '" + term + "'");
    }
  }
  return labels;
}

/// Letters of a term without its ellipsis.
static int64_t countLetters(llvm::StringRef term) { return llvm::count_if(term, llvm::isAlpha); }

/// The output of an equation without `->`.
static llvm::SmallVector<int> getImplicitOutput(const EinsumEquation &equation, int64_t broadcastRank) {
  llvm::SmallVector<int> output;
  for (int64_t d = broadcastRank; d > 0; --d)
    output.push_back(-static_cast<int>(d));
  std::map<int, int> uses;
  for (const auto &labels : equation.inputs)
    for (int label : labels)
      ++uses[label];
  for (auto [label, count] : uses)
    if (label > 0 && count == 1)
      output.push_back(label);
  return output;
}

/// Each label of the output occurs once there and in some operand.
static LogicalResult checkOutput(const EinsumEquation &equation, llvm::StringRef text, Report report) {
  for (int label : equation.output) {
    bool known = llvm::any_of(equation.inputs, [&](const auto &labels) { return llvm::is_contained(labels, label); });
    if (!known || llvm::count(equation.output, label) != 1)
      return report("expected each label of the result once and in an operand but got '" + text + "'");
  }
  return success();
}

FailureOr<EinsumEquation> parseEinsum(llvm::StringRef equation, llvm::ArrayRef<int64_t> ranks, Report report) {
  std::string text;
  for (char c : equation)
    if (!llvm::isSpace(c))
      text.push_back(c);
  auto [left, right] = llvm::StringRef(text).split("->");
  bool implicit = !llvm::StringRef(text).contains("->");
  llvm::SmallVector<llvm::StringRef> terms;
  left.split(terms, ',');
  if (terms.size() != ranks.size())
    return report("expected a term for each of " + Twine(ranks.size()) + " operands but got '" + equation + "'");

  int64_t broadcastRank = 0;
  for (auto [term, rank] : llvm::zip_equal(terms, ranks))
    if (term.contains(kEllipsis))
      broadcastRank = std::max(broadcastRank, rank - countLetters(term));

  EinsumEquation result;
  for (auto [term, rank] : llvm::zip_equal(terms, ranks)) {
    int64_t hidden = rank - countLetters(term);
    if (hidden < 0 || (hidden > 0 && !term.contains(kEllipsis)))
      return report("expected one label for each of " + Twine(rank) + " dimensions but got '" + term + "'");
    FailureOr<llvm::SmallVector<int>> labels = parseTerm(term, hidden, report);
    if (failed(labels))
      return failure();
    result.inputs.push_back(std::move(*labels));
  }
  if (implicit) {
    result.output = getImplicitOutput(result, broadcastRank);
    return result;
  }
  FailureOr<llvm::SmallVector<int>> output = parseTerm(right, broadcastRank, report);
  if (failed(output))
    return failure();
  result.output = std::move(*output);
  if (failed(checkOutput(result, equation, report)))
    return failure();
  return result;
}

FailureOr<Shape> getEinsumShape(const EinsumEquation &equation, llvm::ArrayRef<ShapeRef> inputs, Report report) {
  std::map<int, int64_t> extents;
  for (auto [labels, shape] : llvm::zip_equal(equation.inputs, inputs)) {
    for (auto [label, extent] : llvm::zip_equal(labels, shape)) {
      auto [it, isNew] = extents.try_emplace(label, extent);
      if (isNew)
        continue;
      if (label < 0) {
        FailureOr<Shape> stretched = broadcastShapes(it->second, extent, report);
        if (failed(stretched))
          return failure();
        it->second = stretched->front();
      } else if (isDynamic(it->second)) {
        it->second = extent;
      } else if (!isDynamic(extent) && it->second != extent) {
        return report("expected equal extents for equal labels but got " + Twine(it->second) + " and " + Twine(extent));
      }
    }
  }
  Shape result;
  for (int label : equation.output)
    result.push_back(extents.at(label));
  return result;
}

} // namespace winnow
