//===- Einsum.cpp - sums of products in Einstein's notation ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "Walk.h"

#include "winnow/Support/ShapeRules.h"

#include <map>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

namespace {
/// The index space of a sum: the result's labels first, then those summed over.
struct SumSpace {
  Extents resultShape, sumShape;
  /// Strides of each operand over the whole space; a repeated label adds up its strides (a diagonal).
  SmallVector<Extents> strides;
};
} // namespace

static SumSpace makeSumSpace(const EinsumEquation &equation, ArrayRef<const Tensor *> inputs) {
  std::map<int, int64_t> extents;
  for (auto [labels, input] : llvm::zip_equal(equation.inputs, inputs))
    for (auto [label, extent] : llvm::zip_equal(labels, input->getShape())) {
      int64_t &known = extents.try_emplace(label, extent).first->second;
      known = known == 1 ? extent : known;
    }
  SumSpace space;
  std::map<int, size_t> place;
  for (int label : equation.output) {
    place.emplace(label, place.size());
    space.resultShape.push_back(extents[label]);
  }
  for (auto [label, extent] : extents)
    if (place.emplace(label, place.size()).second)
      space.sumShape.push_back(extent);
  for (auto [labels, input] : llvm::zip_equal(equation.inputs, inputs)) {
    Extents own = getBroadcastStrides(input->getShape(), input->getRank()), strides(extents.size(), 0);
    for (auto [label, stride] : llvm::zip_equal(labels, own))
      strides[place[label]] += stride;
    space.strides.push_back(strides);
  }
  return space;
}

/// The sums; integers (`T` unsigned) wrap.
template <typename T> static std::vector<T> sumProducts(const SumSpace &space, ArrayRef<const Tensor *> inputs) {
  SmallVector<std::vector<T>> values;
  for (const Tensor *input : inputs)
    values.push_back(getValues<T>(*input));
  int64_t sums = numElements(space.sumShape);
  std::vector<T> result(numElements(space.resultShape));
  Extents shape = space.resultShape;
  shape.append(space.sumShape);
  std::vector<T> products(result.size() * sums, T(1));
  for (auto [operand, strides] : llvm::zip_equal(values, space.strides)) {
    const std::vector<T> &factors = operand;
    walk<1>(shape, {strides},
            [&](int64_t position, std::array<int64_t, 1> from) { products[position] *= factors[from[0]]; });
  }
  for (size_t i = 0; i < products.size(); ++i)
    result[i / sums] += products[i];
  return result;
}

LogicalResult evaluateOp(EinsumOp op, Operands<EinsumOp> in, Results out) {
  SmallVector<int64_t> ranks;
  SmallVector<const Tensor *> inputs(in.getInputs());
  for (const Tensor *input : inputs)
    ranks.push_back(input->getRank());
  FailureOr<EinsumEquation> equation =
      parseEinsum(op.getEquation(), ranks, [&](const Twine &message) { return op.emitOpError(message); });
  if (failed(equation))
    return failure();
  SumSpace space = makeSumSpace(*equation, inputs);
  if (isa<FloatType>(out[0].getElementType()))
    setValues(out[0], sumProducts<double>(space, inputs));
  else
    setValues(out[0], sumProducts<uint64_t>(space, inputs));
  return success();
}

} // namespace winnow
