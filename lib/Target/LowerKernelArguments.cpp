//===- LowerKernelArguments.cpp - memrefs of kernels as bare pointers ----===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Target/Passes.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace winnow {
#define GEN_PASS_DEF_LOWERKERNELARGUMENTS
#include "winnow/Target/Passes.h.inc"

/// Whether extents and strides of `type` are static (the offset need not be).
static bool isPointerLike(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  return type.hasStaticShape() && succeeded(type.getStridesAndOffset(strides, offset)) &&
         llvm::none_of(strides, ShapedType::isDynamic);
}

/// Whether code may write through `value` or a view of it.
static bool mayWrite(Value value) {
  for (Operation *user : value.getUsers()) {
    if (isa<ViewLikeOpInterface>(user)) {
      if (llvm::any_of(user->getResults(), [](Value view) { return mayWrite(view); }))
        return true;
      continue;
    }
    auto effects = dyn_cast<MemoryEffectOpInterface>(user);
    if (!effects || effects.getEffectOnValue<MemoryEffects::Write>(value))
      return true;
  }
  return false;
}

namespace {
/// Where a memref lies: in `base`, and between two bytes of it if those are known.
struct Place {
  Value base;
  int64_t begin = 0, end = 0;
};
} // namespace

/// The buffer that a memref is a view of. A static view at a constant byte of an
/// arena counts as a place of its own.
static Place getPlace(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto view = dyn_cast<memref::ViewOp>(op)) {
      auto type = view.getType();
      std::optional<int64_t> shift = getConstantIntValue(view.getByteShift());
      if (!shift || !type.hasStaticShape())
        return {view.getSource(), 0, INT64_MAX};
      int64_t bytes = type.getNumElements() * ((type.getElementTypeBitWidth() + 7) / 8);
      return {view.getSource(), *shift, *shift + bytes};
    }
    auto viewLike = dyn_cast<ViewLikeOpInterface>(op);
    if (!viewLike)
      break;
    value = viewLike.getViewSource();
  }
  return {value, 0, INT64_MAX};
}

/// Whether two bases are surely different memory: allocations, globals and
/// arguments of @main (the runtime refuses buffers that overlap).
static bool areDistinct(Value a, Value b) {
  auto isIdentified = [](Value value) {
    if (auto arg = dyn_cast<BlockArgument>(value))
      return isa<func::FuncOp>(arg.getOwner()->getParentOp());
    return isa_and_nonnull<memref::AllocOp, memref::AllocaOp, memref::GetGlobalOp>(value.getDefiningOp());
  };
  if (a == b || !isIdentified(a) || !isIdentified(b))
    return false;
  auto globalA = a.getDefiningOp<memref::GetGlobalOp>(), globalB = b.getDefiningOp<memref::GetGlobalOp>();
  return !globalA || !globalB || globalA.getName() != globalB.getName();
}

static bool mayOverlap(Value a, Value b) {
  Place placeA = getPlace(a), placeB = getPlace(b);
  if (placeA.base == placeB.base)
    return placeA.begin < placeB.end && placeB.begin < placeA.end;
  return !areDistinct(placeA.base, placeB.base);
}

/// For each argument, whether its memory is never that of a written argument (or,
/// where it is written itself, of any other) at any call.
static SmallVector<bool> findNoAlias(func::FuncOp kernel, ArrayRef<func::CallOp> calls) {
  unsigned count = kernel.getNumArguments();
  SmallVector<bool> written(count), noAlias(count, true);
  for (unsigned i = 0; i < count; ++i)
    written[i] = isa<MemRefType>(kernel.getArgumentTypes()[i]) && mayWrite(kernel.getArgument(i));
  for (func::CallOp call : calls)
    for (unsigned i = 0; i < count; ++i)
      for (unsigned j = 0; j < i; ++j) {
        if (!isa<MemRefType>(call.getOperand(i).getType()) || !isa<MemRefType>(call.getOperand(j).getType()))
          continue;
        if ((written[i] || written[j]) && mayOverlap(call.getOperand(i), call.getOperand(j)))
          noAlias[i] = noAlias[j] = false;
      }
  return noAlias;
}

/// The address of a memref's first element.
static Value getPointer(OpBuilder &b, Location loc, Value memref, const LLVMTypeConverter &converter) {
  auto type = cast<MemRefType>(memref.getType());
  Value cast = UnrealizedConversionCastOp::create(b, loc, converter.convertType(type), memref).getResult(0);
  MemRefDescriptor descriptor(cast);
  Value pointer = descriptor.alignedPtr(b, loc);
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  if (succeeded(type.getStridesAndOffset(strides, offset)) && offset == 0)
    return pointer;
  return LLVM::GEPOp::create(b, loc, pointer.getType(), converter.convertType(type.getElementType()), pointer,
                             LLVM::GEPArg(descriptor.offset(b, loc)));
}

/// A memref of type `type` whose first element is at `pointer`.
static Value getMemRef(OpBuilder &b, Location loc, Value pointer, MemRefType type, const LLVMTypeConverter &converter) {
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  (void)type.getStridesAndOffset(strides, offset);
  MemRefType local = type;
  if (offset != 0)
    local = MemRefType::get(type.getShape(), type.getElementType(),
                            StridedLayoutAttr::get(type.getContext(), 0, strides), type.getMemorySpace());
  Value descriptor = MemRefDescriptor::fromStaticShape(b, loc, converter, local, pointer);
  Value memref = UnrealizedConversionCastOp::create(b, loc, local, descriptor).getResult(0);
  return local == type ? memref : memref::CastOp::create(b, loc, type, memref).getResult();
}

/// Whether `type` can follow a pointer that already points to its first element.
static bool canRebase(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  return succeeded(type.getStridesAndOffset(strides, offset)) && (offset == 0 || ShapedType::isDynamic(offset));
}

/// Rewrites one private function and all its calls.
static void lowerKernel(func::FuncOp kernel, ArrayRef<func::CallOp> calls, const LLVMTypeConverter &converter) {
  MLIRContext *context = kernel.getContext();
  SmallVector<bool> noAlias = findNoAlias(kernel, calls);
  auto pointerType = LLVM::LLVMPointerType::get(context);
  SmallVector<Type> types(kernel.getArgumentTypes());
  Block &body = kernel.getBody().front();
  OpBuilder b = OpBuilder::atBlockBegin(&body);
  SmallVector<unsigned> lowered;
  for (unsigned i = 0; i < types.size(); ++i) {
    auto type = dyn_cast<MemRefType>(types[i]);
    if (!type || !isPointerLike(type) || !canRebase(type))
      continue;
    lowered.push_back(i);
    types[i] = pointerType;
    BlockArgument argument = body.getArgument(i);
    argument.setType(pointerType);
    Value memref = getMemRef(b, kernel.getLoc(), argument, type, converter);
    argument.replaceUsesWithIf(memref, [](OpOperand &use) { return !isa<LLVM::InsertValueOp>(use.getOwner()); });
    if (noAlias[i])
      kernel.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(), UnitAttr::get(context));
  }
  kernel.setFunctionType(FunctionType::get(context, types, kernel.getResultTypes()));
  for (func::CallOp call : calls) {
    OpBuilder callBuilder(call);
    for (unsigned i : lowered)
      call.setOperand(i, getPointer(callBuilder, call.getLoc(), call.getOperand(i), converter));
  }
}

namespace {
struct LowerKernelArguments : impl::LowerKernelArgumentsBase<LowerKernelArguments> {
  void runOnOperation() override {
    llvm::MapVector<Operation *, SmallVector<func::CallOp>> callsOf;
    ModuleOp module = getOperation();
    for (auto kernel : module.getOps<func::FuncOp>())
      if (kernel.isPrivate() && !kernel.isExternal())
        callsOf[kernel] = {};
    WalkResult walk = module.walk([&](Operation *op) {
      if (auto call = dyn_cast<func::CallOp>(op)) {
        auto it = callsOf.find(module.lookupSymbol(call.getCallee()));
        if (it != callsOf.end())
          it->second.push_back(call);
      } else if (auto constant = dyn_cast<func::ConstantOp>(op)) {
        constant.emitError("indirect calls are not supported");
        return WalkResult::interrupt();
      }
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return signalPassFailure();
    LLVMTypeConverter converter(&getContext());
    for (auto &[kernel, calls] : callsOf)
      lowerKernel(cast<func::FuncOp>(kernel), calls, converter);
  }
};
} // namespace

} // namespace winnow
