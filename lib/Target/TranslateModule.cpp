//===- TranslateModule.cpp - from the llvm dialect to LLVM IR ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Target/TranslateModule.h"

#include "winnow/Support/ConstantData.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;

namespace winnow {

/// Takes the weights out of the MLIR module: translated, they would become one
/// LLVM constant for each element.
static ElementsAttr takeConstants(ModuleOp module) {
  auto global = module.lookupSymbol<LLVM::GlobalOp>(kConstantsSymbol);
  if (!global)
    return {};
  auto attr = dyn_cast_or_null<ElementsAttr>(global.getValueOrNull());
  if (!attr)
    return {};
  global.removeValueAttr();
  global.setLinkage(LLVM::Linkage::External);
  return attr;
}

/// Gives the global its bytes back as one array.
static void putConstants(llvm::Module &module, ElementsAttr attr) {
  llvm::SmallVector<char> storage;
  llvm::ArrayRef<char> bytes = getConstantBytes(attr, storage);
  llvm::GlobalVariable *global = module.getGlobalVariable(kConstantsSymbol, /*AllowInternal=*/true);
  global->setInitializer(llvm::ConstantDataArray::getRaw(llvm::StringRef(bytes.data(), bytes.size()), bytes.size(),
                                                         llvm::Type::getInt8Ty(module.getContext())));
  global->setLinkage(llvm::GlobalValue::InternalLinkage);
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    DenseResourceElementsHandle handle = resource.getRawHandle();
    DenseResourceElementsHandle::getManagerInterface(attr.getContext()).getBlobManager().update(handle.getKey(), {});
  }
}

/// Whether `function` has values in the tiles of a matrix unit.
static bool usesTiles(const llvm::Function &function) {
  return llvm::any_of(llvm::instructions(function),
                      [](const llvm::Instruction &instruction) { return instruction.getType()->isX86_AMXTy(); });
}

/// Attributes of generated functions: code for the target's whole vectors, no
/// unwinding, and kernels that stay functions (they are shared by equal layers).
static void setFunctionAttributes(llvm::Module &module, llvm::TargetMachine &machine) {
  bool is512 = machine.getTargetTriple().isX86() && machine.getMCSubtargetInfo()->checkFeatures("+avx512f");
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.setLinkage(llvm::GlobalValue::InternalLinkage);
    function.addFnAttr(llvm::Attribute::NoUnwind);
    if (!function.hasFnAttribute(llvm::Attribute::AlwaysInline))
      function.addFnAttr(llvm::Attribute::NoInline);
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
    // A call would forget how tiles are configured, and configuring them again takes longer than small copies.
    if (usesTiles(function))
      function.addFnAttr("no-builtins");
    if (is512)
      function.addFnAttr("prefer-vector-width", "512");
    // Spilled vectors must not straddle cache lines: the ABI's stack is aligned to 16 bytes only.
    if (machine.getTargetTriple().isX86())
      function.addFnAttr(llvm::Attribute::getWithStackAlignment(module.getContext(), llvm::Align(64)));
  }
}

std::unique_ptr<llvm::Module> translateModule(ModuleOp module, const ModelInterface &interface,
                                              const ModelSymbol &symbol, llvm::TargetMachine &machine,
                                              llvm::LLVMContext &context) {
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  ElementsAttr constants = takeConstants(module);
  std::unique_ptr<llvm::Module> result = translateModuleToLLVMIR(module, context, interface.name);
  if (!result) {
    module.emitError("the module does not translate to LLVM IR");
    return nullptr;
  }
  result->setTargetTriple(machine.getTargetTriple());
  result->setDataLayout(machine.createDataLayout());
  if (constants)
    putConstants(*result, constants);
  // A C program that the object is linked into has a main of its own.
  if (llvm::Function *main = result->getFunction("main"))
    main->setName("winnow_main");
  setFunctionAttributes(*result, machine);
  // The model's own runtime has these.
  for (llvm::StringRef name : {"winnow_mark_layer", "winnow_parallel_for"})
    if (llvm::Function *function = result->getFunction(name))
      function->setDSOLocal(true);
  addModelDescriptor(*result, interface, symbol, machine);
  return result;
}

} // namespace winnow
