//===- ModelInterface.cpp - a model's inputs, outputs and layers ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Target/ModelInterface.h"

#include "winnow/Runtime/winnow_model.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#include <limits>
#include <map>

using namespace mlir;

namespace winnow {

StringRef getLayerName(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return name.getName();
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return getLayerName(call.getCaller());
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location part : fused.getLocations())
      if (StringRef name = getLayerName(part); !name.empty())
        return name;
  return {};
}

static std::string getString(DictionaryAttr dict, StringRef key) {
  auto attr = dict.getAs<StringAttr>(key);
  return attr ? attr.str() : std::string();
}

static int64_t getInt(DictionaryAttr dict, StringRef key) {
  auto attr = dict.getAs<IntegerAttr>(key);
  return attr ? attr.getInt() : 0;
}

/// What the dictionaries of kPredictedAttr and kMeasuredAttr say, together.
static std::vector<AlgorithmCandidate> readCandidates(DictionaryAttr layer) {
  std::map<std::string, AlgorithmCandidate> byName;
  for (StringRef key : {"predicted", "measured"})
    for (NamedAttribute entry :
         layer.getAs<DictionaryAttr>(key) ? layer.getAs<DictionaryAttr>(key).getValue() : ArrayRef<NamedAttribute>()) {
      AlgorithmCandidate &candidate = byName[entry.getName().str()];
      candidate.name = entry.getName().str();
      if (auto obstacle = dyn_cast<StringAttr>(entry.getValue()))
        candidate.obstacle = obstacle.str();
      else if (auto cycles = dyn_cast<IntegerAttr>(entry.getValue()))
        candidate.cycles = cycles.getInt();
      else if (auto time = dyn_cast<FloatAttr>(entry.getValue()))
        candidate.microseconds = time.getValueAsDouble();
    }
  std::vector<AlgorithmCandidate> candidates;
  for (auto &[name, candidate] : byName)
    candidates.push_back(std::move(candidate));
  llvm::sort(candidates, [](const AlgorithmCandidate &a, const AlgorithmCandidate &b) {
    auto rank = [](const AlgorithmCandidate &c) {
      double never = std::numeric_limits<double>::infinity();
      return std::make_tuple(!c.obstacle.empty(), c.microseconds > 0 ? c.microseconds : never,
                             c.cycles > 0 ? c.cycles : never, c.name);
    };
    return rank(a) < rank(b);
  });
  return candidates;
}

llvm::SmallVector<LayerInterface> readLayers(ModuleOp module) {
  llvm::SmallVector<LayerInterface> layers;
  if (auto array = module->getAttrOfType<ArrayAttr>(kLayersAttr))
    for (auto dict : array.getAsRange<DictionaryAttr>())
      layers.push_back({getString(dict, "name"), getString(dict, "op"), getString(dict, "algorithm"),
                        getString(dict, "shape"), getInt(dict, "macs"), getInt(dict, "weight_bytes"),
                        getInt(dict, "bytes"), getString(dict, "inputs"), readCandidates(dict),
                        getInt(dict, dict.contains("computed_macs") ? "computed_macs" : "macs"),
                        getString(dict, "storage")});
  return layers;
}

static void setElementType(TensorInterface &tensor, Type type) {
  tensor.elementType.clear();
  llvm::raw_string_ostream(tensor.elementType) << type;
  tensor.typeCode = getElementTypeCode(type);
}

/// Fills in a tensor from its dictionary in winnow.interface.
static LogicalResult readTensor(Attribute attr, TensorInterface &tensor) {
  auto dict = dyn_cast<DictionaryAttr>(attr);
  auto type = dict ? dict.getAs<TypeAttr>("type") : TypeAttr();
  auto shaped = type ? dyn_cast<ShapedType>(type.getValue()) : ShapedType();
  if (!shaped || !shaped.hasRank())
    return failure();
  tensor.name = getString(dict, "name");
  setElementType(tensor, shaped.getElementType());
  tensor.extents.assign(shaped.getShape().begin(), shaped.getShape().end());
  for (auto [key, bounds] : {std::pair{"fixed", &tensor.fixed}, std::pair{"per_batch", &tensor.perBatch}})
    if (auto array = dict.getAs<DenseI64ArrayAttr>(key))
      bounds->assign(array.asArrayRef().begin(), array.asArrayRef().end());
  return success();
}

/// Bounds where none were recorded: dynamic extents are the batch.
static void completeBounds(TensorInterface &tensor) {
  if (tensor.fixed.size() == tensor.extents.size() && tensor.perBatch.size() == tensor.extents.size())
    return;
  tensor.fixed.clear();
  tensor.perBatch.clear();
  for (int64_t extent : tensor.extents) {
    tensor.fixed.push_back(ShapedType::isDynamic(extent) ? 0 : extent);
    tensor.perBatch.push_back(ShapedType::isDynamic(extent) ? 1 : 0);
  }
}

/// Reads inputs or outputs (`key`), whose memrefs are `types`.
static LogicalResult readTensors(func::FuncOp main, DictionaryAttr interface, StringRef key, unsigned first,
                                 unsigned count, llvm::SmallVectorImpl<TensorInterface> &tensors) {
  auto array = interface ? interface.getAs<ArrayAttr>(key) : ArrayAttr();
  if (array && array.size() != count)
    return main.emitError("expected ") << array.size() << " " << key << " as recorded but got " << count;
  for (unsigned i = 0; i < count; ++i) {
    TensorInterface tensor;
    auto memref = dyn_cast<MemRefType>(main.getArgumentTypes()[first + i]);
    if (!memref || !memref.getLayout().isIdentity())
      return main.emitError("expected argument ") << first + i << " to be a memref without layout";
    if (array && failed(readTensor(array[i], tensor)))
      return main.emitError("malformed winnow.interface for ") << key << " " << i;
    if (!array) {
      setElementType(tensor, memref.getElementType());
      tensor.extents.assign(memref.getShape().begin(), memref.getShape().end());
      auto name = main.getArgAttrOfType<StringAttr>(first + i, "winnow.name");
      tensor.name = name ? name.str() : (key.drop_back() + "_" + Twine(i)).str();
    }
    if (tensor.extents.size() != static_cast<size_t>(memref.getRank()))
      return main.emitError("the memref of ") << tensor.name << " has another rank than recorded";
    if (tensor.extents.size() > WINNOW_MAX_RANK)
      return main.emitError("rank of ") << tensor.name << " is " << tensor.extents.size()
                                        << ", but compiled models take at most " << WINNOW_MAX_RANK;
    completeBounds(tensor);
    tensors.push_back(std::move(tensor));
  }
  return success();
}

FailureOr<ModelInterface> ModelInterface::read(ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  auto inputCount = main ? main->getAttrOfType<IntegerAttr>("winnow.inputs") : IntegerAttr();
  auto outputCount = main ? main->getAttrOfType<IntegerAttr>("winnow.outputs") : IntegerAttr();
  if (!main || !inputCount || !outputCount)
    return module.emitError("expected a function @main with the attributes winnow.inputs and winnow.outputs"),
           failure();
  int64_t inputs = inputCount.getInt(), outputs = outputCount.getInt();
  if (inputs < 0 || outputs < 0 || inputs + outputs > main.getNumArguments())
    return main.emitError("has fewer arguments than winnow.inputs and winnow.outputs say"), failure();

  ModelInterface result;
  auto dict = module->getAttrOfType<DictionaryAttr>(kInterfaceAttr);
  if (failed(readTensors(main, dict, "inputs", 0, inputs, result.inputs)) ||
      failed(readTensors(main, dict, "outputs", inputs, outputs, result.outputs)))
    return failure();
  for (TensorInterface &input : result.inputs) {
    for (auto [dim, extent] : llvm::enumerate(input.extents)) {
      if (!ShapedType::isDynamic(extent))
        continue;
      if (dim != 0)
        return main.emitError("input ") << input.name << ": dimension " << dim
                                        << " is dynamic, but only the batch (dimension 0) may be",
               failure();
      result.dynamicBatch = true;
    }
  }
  auto name = module->getAttrOfType<StringAttr>("winnow.model_name");
  result.name = name && !name.getValue().empty() ? name.str() : "model";
  result.layers = readLayers(module);
  if (auto bytes = main->getAttrOfType<IntegerAttr>(kArenaBytesAttr))
    result.arenaBytes = bytes.getInt();
  if (auto bytes = main->getAttrOfType<IntegerAttr>(kArenaBytesPerBatchAttr))
    result.arenaBytesPerBatch = bytes.getInt();
  if (auto threads = main->getAttrOfType<IntegerAttr>(kMaxThreadsAttr))
    result.maxThreads = threads.getInt();
  result.instrumented = main->hasAttr(kInstrumentedAttr);
  return result;
}

} // namespace winnow
