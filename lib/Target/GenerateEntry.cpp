//===- GenerateEntry.cpp - the function that the runtime calls -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Target/ModelInterface.h"
#include "winnow/Target/Passes.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace winnow {
#define GEN_PASS_DEF_GENERATEENTRY
#include "winnow/Target/Passes.h.inc"

namespace {

/// Fields of WinnowCall (winnow/Runtime/model_data.h), in its order.
enum CallField { kInputs, kOutputs, kArena, kBatch, kExtents, kLayerTimes, kThreads, kTeam, kFieldCount };

/// Builds the body of the entry function.
class EntryBuilder {
public:
  EntryBuilder(OpBuilder &b, Location loc, Value call)
      : b(b), loc(loc), converter(b.getContext()), pointer(LLVM::LLVMPointerType::get(b.getContext())) {
    for (int field = 0; field < kFieldCount; ++field) {
      // Every field has 8 bytes on the 64-bit targets that have a runtime.
      Value address = LLVM::GEPOp::create(b, loc, pointer, b.getI64Type(), call, LLVM::GEPArg(field));
      Type type = field == kBatch || field == kThreads ? Type(b.getI64Type()) : Type(pointer);
      fields[field] = LLVM::LoadOp::create(b, loc, type, address);
    }
  }

  Value getField(CallField field) const { return fields[field]; }

  Value getThreads() {
    return UnrealizedConversionCastOp::create(b, loc, b.getIndexType(), fields[kThreads]).getResult(0);
  }

  /// Element `index` of a table of pointers.
  Value loadPointer(CallField table, unsigned index) {
    Value address = LLVM::GEPOp::create(b, loc, pointer, pointer, fields[table], LLVM::GEPArg(index));
    return LLVM::LoadOp::create(b, loc, pointer, address);
  }

  /// fixed + perBatch * batch
  Value getExtent(int64_t fixed, int64_t perBatch) {
    Value result = constant(fixed);
    if (perBatch == 0)
      return result;
    Value scaled = LLVM::MulOp::create(b, loc, fields[kBatch], constant(perBatch));
    return fixed == 0 ? scaled : LLVM::AddOp::create(b, loc, result, scaled).getResult();
  }

  /// A memref at `data` with extents fixed + perBatch * batch where they are dynamic.
  Value makeMemRef(Value data, MemRefType type, ArrayRef<int64_t> fixed, ArrayRef<int64_t> perBatch) {
    auto descriptor = MemRefDescriptor::poison(b, loc, converter.convertType(type));
    descriptor.setAllocatedPtr(b, loc, data);
    descriptor.setAlignedPtr(b, loc, data);
    descriptor.setConstantOffset(b, loc, 0);
    Value stride = constant(1);
    for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
      Value extent = type.isDynamicDim(dim) ? getExtent(fixed[dim], perBatch[dim]) : constant(type.getDimSize(dim));
      descriptor.setSize(b, loc, dim, extent);
      descriptor.setStride(b, loc, dim, stride);
      stride = LLVM::MulOp::create(b, loc, stride, extent);
    }
    return UnrealizedConversionCastOp::create(b, loc, type, Value(descriptor)).getResult(0);
  }

private:
  Value constant(int64_t value) { return LLVM::ConstantOp::create(b, loc, b.getI64Type(), value); }

  OpBuilder &b;
  Location loc;
  LLVMTypeConverter converter;
  Type pointer;
  Value fields[kFieldCount];
};

struct GenerateEntry : impl::GenerateEntryBase<GenerateEntry> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<ModelInterface> interface = ModelInterface::read(module);
    if (failed(interface))
      return signalPassFailure();
    auto main = module.lookupSymbol<func::FuncOp>("main");
    OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
    Location loc = main.getLoc();
    auto pointer = LLVM::LLVMPointerType::get(&getContext());
    auto entry = LLVM::LLVMFuncOp::create(
        b, loc, "winnow_entry", LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(&getContext()), {pointer}));
    b.setInsertionPointToStart(entry.addEntryBlock(b));
    EntryBuilder builder(b, loc, entry.getArgument(0));
    FailureOr<SmallVector<Value>> arguments = makeArguments(main, *interface, builder);
    if (failed(arguments))
      return signalPassFailure();
    func::CallOp::create(b, loc, main, *arguments);
    LLVM::ReturnOp::create(b, loc, ValueRange());
    main.setPrivate();
  }

  /// What @main is called with: inputs, outputs, then (as it has them) the
  /// outputs' extents, the arena, the threads and their team, and the table of times.
  FailureOr<SmallVector<Value>> makeArguments(func::FuncOp main, const ModelInterface &interface,
                                              EntryBuilder &builder) {
    SmallVector<Value> arguments;
    for (auto [table, tensors] : {std::pair{kInputs, &interface.inputs}, std::pair{kOutputs, &interface.outputs}})
      for (auto [index, tensor] : llvm::enumerate(*tensors)) {
        auto type = cast<MemRefType>(main.getArgumentTypes()[arguments.size()]);
        arguments.push_back(builder.makeMemRef(builder.loadPointer(table, index), type, tensor.fixed, tensor.perBatch));
      }
    int64_t extents = 0;
    for (const TensorInterface &output : interface.outputs)
      extents += output.extents.size();
    for (Type type : main.getArgumentTypes().drop_front(arguments.size())) {
      auto memref = dyn_cast<MemRefType>(type);
      if (memref && memref.getRank() == 1 && memref.getElementType().isInteger(64))
        arguments.push_back(builder.makeMemRef(builder.getField(kExtents), memref, extents, int64_t(0)));
      else if (memref && memref.getRank() == 1 && memref.getElementType().isInteger(8))
        arguments.push_back(
            builder.makeMemRef(builder.getField(kArena), memref, interface.arenaBytes, interface.arenaBytesPerBatch));
      else if (isa<IndexType>(type))
        arguments.push_back(builder.getThreads());
      else if (isa<LLVM::LLVMPointerType>(type))
        arguments.push_back(builder.getField(main.getArgAttr(arguments.size(), kTeamAttr) ? kTeam : kLayerTimes));
      else
        return main.emitError("unexpected argument of type ") << type << " behind the outputs", failure();
    }
    return arguments;
  }
};

} // namespace

} // namespace winnow
