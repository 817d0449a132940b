//===- Elimination.cpp - columns that go one after the other --------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elimination.h"

#include "DenseUpdate.h"
#include "LeastSquares.h"

#include "llvm/ADT/STLExtras.h"

#include <Eigen/Cholesky>

#include <cstring>
#include <limits>

namespace winnow {

/// Vectors that are remembered before all that is left is updated: as many as caches hold.
static constexpr Eigen::Index kPending = 64;
/// Rows of the inverse that are moved and updated together.
static constexpr Eigen::Index kMoved = 8;
static constexpr float kNever = std::numeric_limits<float>::infinity();

/// Moves what is kept, in order, to the front.
template <typename T> static void keep(std::vector<T> &values, llvm::ArrayRef<size_t> kept) {
  for (auto [to, from] : llvm::enumerate(kept))
    values[to] = values[from];
  values.resize(kept.size());
}

EliminationProblem EliminationProblem::make(const WeightMatrix &weights, llvm::ArrayRef<float> gram,
                                            const PruningPattern &pattern, std::vector<std::vector<int64_t>> units) {
  Eigen::Index length = weights.getLength();
  EliminationProblem problem{weights, pattern, std::move(units), 0, std::vector<float>(gram.size())};
  problem.removable = problem.units.size();
  std::vector<int64_t> columns;
  for (const std::vector<int64_t> &unit : problem.units)
    columns.insert(columns.end(), unit.begin(), unit.end());
  Eigen::Map<Eigen::MatrixXf>(problem.inverse.data(), length, length) =
      invertGram(dampGram(gram, length)(columns, columns));
  return problem;
}

Elimination::Elimination(const EliminationProblem &problem, size_t firstRow)
    : problem(problem), base(problem.inverse.data()), width(problem.weights.getLength()), largest(0) {
  const WeightMatrix &weights = problem.weights;
  Eigen::Index count = std::min<size_t>(problem.pattern.rows, weights.count - firstRow);
  Eigen::Map<const RowMatrix> all(weights.rows.data() + firstRow * width, count, width);
  Eigen::Map<const RowMatrix> inverse(base, width, width);
  rows.resize(count, width);
  starts.push_back(0);
  for (auto [index, unit] : llvm::enumerate(problem.units)) {
    for (auto [k, column] : llvm::enumerate(unit))
      rows.col(starts.back() + k) = all.col(column);
    units.push_back(index);
    starts.push_back(starts.back() + unit.size());
    largest = std::max<Eigen::Index>(largest, unit.size());
  }
  blocks.resize(width * largest);
  for (size_t i = 0; i < units.size(); ++i)
    Eigen::Map<RowMatrix>(getBlock(i), getSize(i), getSize(i)) =
        inverse.block(starts[i], starts[i], getSize(i), getSize(i));
  pending.resize(kPending + largest, width);
  costs = barred = Eigen::ArrayXf::Zero(units.size());
  barred.tail(units.size() - problem.removable) = kNever;
  for (int64_t group = 0; problem.pattern.hasFixedDensity() && group * problem.pattern.of < weights.inputs; ++group) {
    int64_t channels = std::min(problem.pattern.of, weights.inputs - group * problem.pattern.of);
    allowance.resize(allowance.size() + weights.taps, std::max<int64_t>(0, channels - problem.pattern.keep));
  }
  for (size_t i = 0; i < units.size() && !allowance.empty(); ++i)
    if (int64_t column = problem.units[i].front(), taps = weights.taps;
        allowance[column / taps / problem.pattern.of * taps + column % taps] == 0)
      barred[i] = kNever;
}

void Elimination::updateCosts() {
  if (largest == 1) {
    costs =
        rows.colwise().squaredNorm().transpose().array() / Eigen::Map<Eigen::ArrayXf>(blocks.data(), width) + barred;
    return;
  }
  for (size_t i = 0; i < units.size(); ++i) {
    costs[i] = barred[i];
    if (costs[i] == kNever)
      continue;
    Eigen::Map<const RowMatrix> block(getBlock(i), getSize(i), getSize(i));
    RowMatrix weights = rows.middleCols(starts[i], getSize(i)).transpose();
    costs[i] += weights.cwiseProduct(Eigen::LLT<RowMatrix>(block).solve(weights)).sum();
  }
}

void Elimination::countRemoved(uint32_t unit) {
  if (allowance.empty())
    return;
  // Units are single columns here.
  int64_t taps = problem.weights.taps, of = problem.pattern.of, column = problem.units[unit].front();
  auto getPlace = [&](int64_t column) { return column / taps / of * taps + column % taps; };
  if (--allowance[getPlace(column)] > 0)
    return;
  for (size_t i = 0; i < units.size(); ++i)
    if (getPlace(problem.units[units[i]].front()) == getPlace(column))
      barred[i] = kNever;
}

void Elimination::remove(size_t index) {
  Eigen::Index size = getSize(index), start = starts[index];
  std::vector<float> multipliers(pendingCount);
  for (Eigen::Index k = 0; k < size; ++k) {
    for (Eigen::Index p = 0; p < pendingCount; ++p)
      multipliers[p] = pending(p, start + k);
    subtractProduct({pending.row(pendingCount + k).data(), size_t(width)}, {base + (start + k) * width, size_t(width)},
                    {multipliers.data(), size_t(pendingCount)}, {pending.data(), size_t(width)}, 1, pendingCount,
                    width);
  }
  // With the block L L^T of the inverse, vectors are L^-1 times its rows, and L^-1 w what they take from the weights.
  auto vectors = pending.middleRows(pendingCount, size);
  RowMatrix lower = RowMatrix(vectors.middleCols(start, size)).llt().matrixL();
  lower.triangularView<Eigen::Lower>().solveInPlace(vectors);
  RowMatrix taken = rows.middleCols(start, size).transpose();
  lower.triangularView<Eigen::Lower>().solveInPlace(taken);
  order.units.push_back(units[index]);
  order.costs.push_back(taken.squaredNorm());
  rows.noalias() -= taken.transpose() * vectors;
  rows.middleCols(start, size).setZero();
  if (largest == 1)
    Eigen::Map<Eigen::RowVectorXf>(blocks.data(), width) -= vectors.row(0).cwiseAbs2();
  for (size_t i = 0; i < units.size() && largest > 1; ++i) {
    auto part = vectors.middleCols(starts[i], getSize(i));
    Eigen::Map<RowMatrix>(getBlock(i), getSize(i), getSize(i)).noalias() -= part.transpose() * part;
  }
  barred[index] = kNever;
  if (largest == 1)
    blocks[index] = 1; // nothing is left there to divide by
  countRemoved(units[index]);
  if ((pendingCount += size) >= kPending)
    flush();
}

namespace {
/// Columns that stay together.
struct Run {
  size_t from, to, count;
};
} // namespace

static std::vector<Run> findRuns(llvm::ArrayRef<size_t> kept) {
  std::vector<Run> runs;
  for (auto [to, from] : llvm::enumerate(kept)) {
    if (runs.empty() || runs.back().from + runs.back().count != from)
      runs.push_back({from, to, 0});
    ++runs.back().count;
  }
  return runs;
}

void Elimination::flush() {
  // What is barred for good needs no inverse.
  std::vector<size_t> keptUnits, keptColumns;
  std::vector<int64_t> newStarts(1, 0);
  std::vector<float> newBlocks;
  for (size_t i = 0; i < units.size(); ++i) {
    if (barred[i] == kNever)
      continue;
    keptUnits.push_back(i);
    newBlocks.insert(newBlocks.end(), getBlock(i), getBlock(i) + getSize(i) * largest);
    for (int64_t column = starts[i]; column < starts[i + 1]; ++column)
      keptColumns.push_back(column);
    newStarts.push_back(keptColumns.size());
  }
  Eigen::Index newWidth = keptColumns.size();
  RowMatrix vectors = pending.topRows(pendingCount)(Eigen::all, keptColumns), factors = vectors.transpose();
  if (!own)
    own.reset(new float[newWidth * newWidth]);
  std::vector<Run> runs = findRuns(keptColumns);
  // Few rows at a time, so that they are still in the cache when they are updated. What is still to be moved lies
  // behind where it is moved to.
  for (Eigen::Index first = 0; first < newWidth; first += kMoved) {
    Eigen::Index count = std::min(kMoved, newWidth - first);
    float *to = own.get() + first * newWidth;
    for (Eigen::Index i = 0; i < count; ++i)
      for (const Run &run : runs)
        std::memmove(to + i * newWidth + run.to, base + keptColumns[first + i] * width + run.from,
                     run.count * sizeof(float));
    subtractProduct({to, size_t(newWidth)}, {to, size_t(newWidth)},
                    {factors.data() + first * pendingCount, size_t(pendingCount)}, {vectors.data(), size_t(newWidth)},
                    count, pendingCount, newWidth);
  }
  base = own.get();
  rows = RowMatrix(rows(Eigen::all, keptColumns));
  keep(units, keptUnits);
  starts = std::move(newStarts);
  blocks = std::move(newBlocks);
  costs = barred = Eigen::ArrayXf::Zero(units.size());
  width = newWidth;
  pending.resize(pending.rows(), width);
  pendingCount = 0;
}

void Elimination::visitCosts(llvm::function_ref<void(uint32_t, double)> visit) {
  updateCosts();
  for (size_t i = 0; i < units.size(); ++i)
    if (barred[i] != kNever)
      visit(units[i], costs[i]);
}

void Elimination::removeUnit(uint32_t unit) { remove(llvm::find(units, unit) - units.begin()); }

RemovalOrder Elimination::run() {
  while (width > 0) {
    updateCosts();
    Eigen::Index least;
    if (!(costs.minCoeff(&least) < kNever))
      break;
    remove(least);
  }
  return std::move(order);
}

} // namespace winnow
