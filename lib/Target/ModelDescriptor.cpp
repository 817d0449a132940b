//===- ModelDescriptor.cpp - the constant that describes a model ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Runtime/model_data.h"
#include "winnow/Target/ModelInterface.h"
#include "winnow/Target/TranslateModule.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;

namespace winnow {

int32_t getElementTypeCode(Type type) {
  if (type.isF32())
    return WINNOW_F32;
  if (type.isF64())
    return WINNOW_F64;
  if (type.isF16())
    return WINNOW_F16;
  if (type.isBF16())
    return WINNOW_BF16;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer)
    return 0;
  bool isUnsigned = integer.isUnsigned();
  switch (integer.getWidth()) {
  case 1:
    return WINNOW_BOOL;
  case 8:
    return isUnsigned ? WINNOW_U8 : WINNOW_I8;
  case 16:
    return isUnsigned ? WINNOW_U16 : WINNOW_I16;
  case 32:
    return isUnsigned ? WINNOW_U32 : WINNOW_I32;
  case 64:
    return isUnsigned ? WINNOW_U64 : WINNOW_I64;
  default:
    return 0;
  }
}

/// The WinnowCpuFeature bits of what `machine` generates code with.
static uint32_t getCpuFeatures(const llvm::TargetMachine &machine) {
  static constexpr std::pair<llvm::StringLiteral, uint32_t> names[] = {
      {"avx2", WINNOW_CPU_AVX2},
      {"fma", WINNOW_CPU_FMA},
      {"f16c", WINNOW_CPU_F16C},
      {"bmi", WINNOW_CPU_BMI},
      {"bmi2", WINNOW_CPU_BMI2},
      {"lzcnt", WINNOW_CPU_LZCNT},
      {"movbe", WINNOW_CPU_MOVBE},
      {"avx512f", WINNOW_CPU_AVX512F},
      {"avx512cd", WINNOW_CPU_AVX512CD},
      {"avx512dq", WINNOW_CPU_AVX512DQ},
      {"avx512bw", WINNOW_CPU_AVX512BW},
      {"avx512vl", WINNOW_CPU_AVX512VL},
      {"avx512vnni", WINNOW_CPU_AVX512VNNI},
      {"avx512vbmi", WINNOW_CPU_AVX512VBMI},
      {"avx512vbmi2", WINNOW_CPU_AVX512VBMI2},
      {"avx512ifma", WINNOW_CPU_AVX512IFMA},
      {"avx512bitalg", WINNOW_CPU_AVX512BITALG},
      {"avx512vpopcntdq", WINNOW_CPU_AVX512VPOPCNTDQ},
      {"avx512bf16", WINNOW_CPU_AVX512BF16},
      {"avx512fp16", WINNOW_CPU_AVX512FP16},
      {"avxvnni", WINNOW_CPU_AVXVNNI},
  };
  uint32_t features = 0;
  if (machine.getTargetTriple().isX86())
    for (auto [name, bit] : names)
      if (machine.getMCSubtargetInfo()->checkFeatures(("+" + name).str()))
        features |= bit;
  return features;
}

/// Those of matrix units that `module` uses: code that does not use them needs no permission of the system, and runs
/// where there is none.
static uint32_t getTileFeatures(const llvm::Module &module) {
  uint32_t features = 0;
  for (const llvm::Function &function : module) {
    if (function.getName().starts_with("llvm.x86.tdpb"))
      features |= WINNOW_CPU_AMX_TILE |
                  (function.getName().starts_with("llvm.x86.tdpbf16") ? WINNOW_CPU_AMX_BF16 : WINNOW_CPU_AMX_INT8);
  }
  return features;
}

namespace {

/// Builds the structs of winnow/Runtime/model_data.h as LLVM constants. Structs
/// are not packed: LLVM lays them out as C does.
class DescriptorBuilder {
public:
  DescriptorBuilder(llvm::Module &module, uint32_t cpuFeatures)
      : module(module), cpuFeatures(cpuFeatures), context(module.getContext()), i32(llvm::Type::getInt32Ty(context)),
        i64(llvm::Type::getInt64Ty(context)), pointer(llvm::PointerType::get(context, 0)) {}

  llvm::Constant *build(const ModelInterface &model, llvm::Function *entry) {
    llvm::Constant *fields[] = {int32(WINNOW_ABI_VERSION),   int32(model.inputs.size()),
                                int32(model.outputs.size()), int32(model.layers.size()),
                                int32(model.dynamicBatch),   int32(model.instrumented),
                                int32(model.maxThreads),     int32(cpuFeatures),
                                int64(model.arenaBytes),     int64(model.arenaBytesPerBatch),
                                string(model.name),          tensors(model.inputs),
                                tensors(model.outputs),      bounds(model.outputs),
                                layers(model.layers),        entry};
    return global(llvm::ConstantStruct::getAnon(fields), "winnow_descriptor");
  }

private:
  llvm::Constant *int32(int32_t value) { return llvm::ConstantInt::getSigned(i32, value); }
  llvm::Constant *int64(int64_t value) { return llvm::ConstantInt::getSigned(i64, value); }

  llvm::Constant *global(llvm::Constant *value, const llvm::Twine &name) {
    auto *variable = new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                              llvm::GlobalValue::PrivateLinkage, value, name);
    variable->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
    return variable;
  }

  llvm::Constant *string(llvm::StringRef text) {
    return global(llvm::ConstantDataArray::getString(context, text), "winnow_string");
  }

  llvm::Constant *integers(llvm::ArrayRef<int64_t> values) {
    if (values.empty())
      return llvm::ConstantPointerNull::get(llvm::PointerType::get(context, 0));
    SmallVector<uint64_t> words(values.begin(), values.end());
    return global(llvm::ConstantDataArray::get(context, words), "winnow_extents");
  }

  /// An array of structs, NULL where it is empty.
  llvm::Constant *table(ArrayRef<llvm::Constant *> rows, const llvm::Twine &name) {
    if (rows.empty())
      return llvm::ConstantPointerNull::get(llvm::PointerType::get(context, 0));
    return global(llvm::ConstantArray::get(llvm::ArrayType::get(rows.front()->getType(), rows.size()), rows), name);
  }

  llvm::Constant *tensors(ArrayRef<TensorInterface> list) {
    SmallVector<llvm::Constant *> rows;
    for (const TensorInterface &tensor : list) {
      SmallVector<int64_t> extents;
      for (int64_t extent : tensor.extents)
        extents.push_back(ShapedType::isDynamic(extent) ? WINNOW_DYNAMIC : extent);
      rows.push_back(llvm::ConstantStruct::getAnon(
          {string(tensor.name), int32(tensor.typeCode), int32(extents.size()), integers(extents)}));
    }
    return table(rows, "winnow_tensors");
  }

  llvm::Constant *bounds(ArrayRef<TensorInterface> list) {
    SmallVector<llvm::Constant *> rows;
    for (const TensorInterface &tensor : list)
      rows.push_back(llvm::ConstantStruct::getAnon({integers(tensor.fixed), integers(tensor.perBatch)}));
    return table(rows, "winnow_bounds");
  }

  llvm::Constant *layers(ArrayRef<LayerInterface> list) {
    SmallVector<llvm::Constant *> rows;
    for (const LayerInterface &layer : list)
      rows.push_back(llvm::ConstantStruct::getAnon(
          {string(layer.name), string(layer.op), string(layer.algorithm), int64(layer.macs), int64(layer.bytes)}));
    return table(rows, "winnow_layers");
  }

  llvm::Module &module;
  uint32_t cpuFeatures;
  llvm::LLVMContext &context;
  llvm::Type *i32, *i64, *pointer;
};

} // namespace

void addModelDescriptor(llvm::Module &module, const ModelInterface &interface, const ModelSymbol &symbol,
                        const llvm::TargetMachine &machine) {
  llvm::Constant *descriptor = DescriptorBuilder(module, getCpuFeatures(machine) | getTileFeatures(module))
                                   .build(interface, module.getFunction("winnow_entry"));
  auto *type = llvm::FunctionType::get(llvm::PointerType::get(module.getContext(), 0), false);
  auto *function = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, symbol.name, module);
  function->addFnAttr(llvm::Attribute::NoUnwind);
  if (symbol.isVariant)
    function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module.getContext(), "", function));
  builder.CreateRet(descriptor);
}

std::unique_ptr<llvm::Module> makeVariantChoice(llvm::StringRef symbol, llvm::ArrayRef<std::string> variants,
                                                llvm::TargetMachine &machine, llvm::LLVMContext &context) {
  auto module = std::make_unique<llvm::Module>("variants", context);
  module->setTargetTriple(machine.getTargetTriple());
  module->setDataLayout(machine.createDataLayout());
  auto *pointer = llvm::PointerType::get(context, 0);
  auto *getModel = llvm::FunctionType::get(pointer, false);
  auto declare = [&](llvm::StringRef name, llvm::FunctionType *type) {
    auto *function = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, name, *module);
    function->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return function;
  };
  SmallVector<llvm::Constant *> table;
  for (const std::string &variant : variants)
    table.push_back(declare(variant, getModel));
  table.push_back(llvm::ConstantPointerNull::get(pointer));
  auto *type = llvm::ArrayType::get(pointer, table.size());
  auto *list = new llvm::GlobalVariable(*module, type, /*isConstant=*/true, llvm::GlobalValue::PrivateLinkage,
                                        llvm::ConstantArray::get(type, table), "winnow_variants");
  llvm::Function *choose = declare("winnow_choose_variant", llvm::FunctionType::get(pointer, {pointer}, false));
  auto *function = llvm::Function::Create(getModel, llvm::GlobalValue::ExternalLinkage, symbol, *module);
  function->addFnAttr(llvm::Attribute::NoUnwind);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", function));
  builder.CreateRet(builder.CreateCall(choose, {list}));
  return module;
}

} // namespace winnow
