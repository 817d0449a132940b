//===- NetworkCuts.cpp - a network cut into parts -------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkCuts.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"

#include <limits>

using namespace mlir;

namespace winnow {

/// Bytes of a value in a run; -1 where it cannot flow between parts.
static int64_t countBytes(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.getElementType().isF32())
    return -1;
  int64_t bytes = sizeof(float);
  for (auto [dim, extent] : llvm::enumerate(type.getShape())) {
    if (ShapedType::isDynamic(extent) && dim > 0)
      return -1;
    bytes *= ShapedType::isDynamic(extent) ? 1 : extent;
  }
  return bytes;
}

static bool isConstant(Operation *op) { return op && op->hasTrait<OpTrait::ConstantLike>(); }

/// What `op` reads, in its regions too.
static llvm::SetVector<Value> getUsed(Operation *op) {
  llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  return used;
}

NetworkCuts::NetworkCuts(func::FuncOp function, ArrayRef<LayerOp> layers, ArrayRef<double> macs) : main(function) {
  Block &body = main.getBody().front();
  for (Operation &op : body.without_terminator())
    if (!isConstant(&op))
      ops.push_back(&op);
  places.resize(ops.size() + 1);
  DenseMap<Operation *, double> macsOf;
  for (auto [layer, count] : llvm::zip_equal(layers, macs))
    macsOf[layer.getOperation()] = count;
  for (auto [i, op] : llvm::enumerate(ops)) {
    Place &next = places[i + 1];
    next = {{}, 0, true, places[i].layers, places[i].macs};
    op->walk([&](Operation *inner) {
      if (auto found = macsOf.find(inner); found != macsOf.end())
        ++next.layers, next.macs += found->second;
    });
  }
  // From the end on: what is read later and made before.
  llvm::SetVector<Value> live = getUsed(body.getTerminator());
  for (size_t i = ops.size() + 1; i-- > 0;) {
    if (i < ops.size()) {
      for (Value result : ops[i]->getResults())
        live.remove(result);
      live.insert_range(getUsed(ops[i]));
      live.remove_if([](Value value) { return isConstant(value.getDefiningOp()); });
    }
    Place &place = places[i];
    for (Value value : live) {
      int64_t bytes = countBytes(value);
      place.cuttable &= bytes >= 0;
      place.bytes += bytes;
    }
    place.live = live.takeVector();
    live.insert_range(place.live);
  }
  places.front().live.assign(main.getArguments().begin(), main.getArguments().end());
  places.front().bytes = 0;
}

std::vector<NetworkCuts::Part> NetworkCuts::choose(const CutCosts &costs) const {
  // The cheapest parts up to each place, given those up to places before it.
  size_t end = ops.size();
  std::vector<double> cost(end + 1, std::numeric_limits<double>::infinity());
  std::vector<size_t> from(end + 1, 0);
  cost[0] = 0;
  for (size_t to = 1; to <= end; ++to) {
    const Place &last = places[to];
    if (to < end && (!last.cuttable || last.bytes > costs.mostBytes))
      continue;
    for (size_t first = 0; first < to; ++first) {
      const Place &start = places[first];
      double macs = (last.layers - start.layers + 1) * (last.macs - start.macs);
      double whole = cost[first] + costs.runs * macs + costs.compilingMacs;
      if (whole < cost[to])
        cost[to] = whole, from[to] = first;
    }
  }
  std::vector<Part> parts;
  for (size_t to = end; to > 0; to = from[to])
    parts.insert(parts.begin(), {from[to], to, places[from[to]].layers, places[to].layers});
  return parts;
}

double NetworkCuts::countMacs(ArrayRef<Part> parts) const {
  double macs = 0;
  for (const Part &part : parts)
    macs += (part.endLayer - part.firstLayer + 1) * (places[part.end].macs - places[part.begin].macs);
  return macs;
}

/// Names of arguments or results, as every network has them.
static SmallVector<DictionaryAttr> makeNames(Builder &builder, size_t count) {
  SmallVector<DictionaryAttr> names;
  for (size_t i = 0; i < count; ++i)
    names.push_back(builder.getDictionaryAttr(
        builder.getNamedAttr("winnow.name", builder.getStringAttr("flow" + std::to_string(i)))));
  return names;
}

OwningOpRef<ModuleOp> NetworkCuts::extract(const Part &part) const {
  func::FuncOp whole = main;
  OpBuilder builder(whole.getContext());
  auto module = cast<ModuleOp>(whole->getParentOp()->cloneWithoutRegions());
  module.getBodyRegion().emplaceBlock();
  bool isLast = part.end == ops.size();
  Operation *terminator = whole.getBody().front().getTerminator();
  SmallVector<Value> inputs = places[part.begin].live;
  SmallVector<Value> outputs = isLast ? SmallVector<Value>(terminator->getOperands()) : places[part.end].live;
  builder.setInsertionPointToStart(module.getBody());
  auto type = builder.getFunctionType(ValueRange(inputs).getTypes(), ValueRange(outputs).getTypes());
  auto function = func::FuncOp::create(builder, whole.getLoc(), whole.getName(), type);
  function->setDiscardableAttrs(llvm::to_vector(whole->getDiscardableAttrs()));
  if (part.begin > 0)
    function.setAllArgAttrs(makeNames(builder, inputs.size()));
  else if (ArrayAttr attributes = whole.getAllArgAttrs())
    function.setAllArgAttrs(attributes);
  function.setAllResultAttrs(makeNames(builder, outputs.size()));
  IRMapping mapping;
  mapping.map(inputs, function.addEntryBlock()->getArguments());
  builder.setInsertionPointToStart(&function.getBody().front());
  auto cloneConstants = [&](Operation *op) {
    for (Value used : getUsed(op))
      if (isConstant(used.getDefiningOp()) && !mapping.contains(used))
        builder.clone(*used.getDefiningOp(), mapping);
  };
  for (size_t i = part.begin; i < part.end; ++i) {
    cloneConstants(ops[i]);
    builder.clone(*ops[i], mapping);
  }
  if (isLast)
    cloneConstants(terminator);
  SmallVector<Value> results;
  for (Value output : outputs)
    results.push_back(mapping.lookup(output));
  func::ReturnOp::create(builder, terminator->getLoc(), results);
  return module;
}

} // namespace winnow
