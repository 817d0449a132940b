//===- KernelLowering.cpp - types and state of the lowering -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

#include "winnow/Support/QuantizedTypes.h"

#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace winnow::kernel {

cnn::LayoutAttr getLayout(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return dyn_cast_or_null<cnn::LayoutAttr>(tensor.getEncoding());
  return {};
}

Type getStorageType(Type elementType) {
  Type stored = getStoredType(elementType);
  if (auto integer = dyn_cast<IntegerType>(stored))
    return IntegerType::get(integer.getContext(), integer.getWidth());
  return stored;
}

bool isUnsigned(Type type) {
  Type stored = getStoredType(getElementTypeOrSelf(type));
  return stored.isUnsignedInteger() || stored.isInteger(1);
}

RankedTensorType getPlainType(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return RankedTensorType::get(tensor.getShape(), tensor.getElementType());
}

MemRefType getBufferType(RankedTensorType type) {
  Type element = getStorageType(type.getElementType());
  cnn::LayoutAttr layout = getLayout(type);
  if (!layout)
    return MemRefType::get(type.getShape(), element);
  int64_t block = layout.getBlock(), channels = type.getDimSize(1);
  if (!ShapedType::isDynamic(channels))
    channels = (channels + block - 1) / block;
  SmallVector<int64_t> shape = {type.getDimSize(0), channels};
  for (int64_t extent : type.getShape().drop_front(2))
    shape.push_back(ShapedType::isDynamic(extent) ? extent : extent + 2 * layout.getHalo());
  shape.push_back(block);
  return MemRefType::get(shape, element);
}

BufferTypeConverter::BufferTypeConverter() {
  addConversion([](Type type) { return type; });
  addConversion([](RankedTensorType type) -> Type { return getBufferType(type); });
  auto cast = [](OpBuilder &b, Type type, ValueRange inputs, Location loc) -> Value {
    return UnrealizedConversionCastOp::create(b, loc, type, inputs).getResult(0);
  };
  addSourceMaterialization(cast);
  addTargetMaterialization(cast);
}

KernelContext::KernelContext(ModuleOp module)
    : module(module), facts(TargetFacts::fromModule(module)), symbols(module) {}

/// `attr` with elements of the signless type of the same width; bytes are shared.
static ElementsAttr withStorageType(ElementsAttr attr) {
  auto type = cast<RankedTensorType>(attr.getType());
  RankedTensorType plain = RankedTensorType::get(type.getShape(), getStorageType(type.getElementType()));
  if (plain == type)
    return attr;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
    return DenseResourceElementsAttr::get(plain, resource.getRawHandle());
  auto dense = cast<DenseElementsAttr>(attr);
  return DenseElementsAttr::getFromRawBuffer(plain, dense.getRawData());
}

Value KernelContext::getConstantBuffer(OpBuilder &b, Location loc, ElementsAttr attr) {
  attr = withStorageType(attr);
  auto type = cast<RankedTensorType>(attr.getType());
  memref::GlobalOp &global = globals[attr];
  if (!global) {
    OpBuilder moduleBuilder = OpBuilder::atBlockBegin(module.getBody());
    global = memref::GlobalOp::create(moduleBuilder, loc, "constant", moduleBuilder.getStringAttr("private"),
                                      MemRefType::get(type.getShape(), type.getElementType()), attr,
                                      /*constant=*/true, moduleBuilder.getI64IntegerAttr(64));
    global->remove();
    symbols.insert(global, module.getBody()->begin());
  }
  return memref::GetGlobalOp::create(b, loc, global.getType(), global.getSymName());
}

/// `key` with everything that may not stand in a C identifier replaced.
static std::string makeSymbolName(StringRef key) {
  std::string name = "kernel_";
  for (char c : key)
    name += llvm::isAlnum(c) ? c : '_';
  return name;
}

func::FuncOp KernelContext::getOrCreateKernel(StringRef key, FunctionType type,
                                              llvm::function_ref<void(OpBuilder &, Location, ValueRange)> body) {
  func::FuncOp &kernel = kernels[key];
  if (kernel)
    return kernel;
  Location loc = UnknownLoc::get(module.getContext());
  kernel = func::FuncOp::create(loc, makeSymbolName(key), type);
  kernel.setPrivate();
  symbols.insert(kernel, module.getBody()->end());
  func::FuncOp created = kernel;
  OpBuilder b = OpBuilder::atBlockBegin(created.addEntryBlock());
  body(b, loc, created.getArguments());
  return created;
}

} // namespace winnow::kernel
