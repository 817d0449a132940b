//===- Documentation.cpp - what the dialect's definition says -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Documentation.h"

#include "llvm/ADT/StringExtras.h"

// .incbin keeps the bytes out of the C++ compiler: they go straight to the object.
__asm__(".pushsection .rodata\n"
        "winnow_dialect_page_begin:\n"
        ".incbin \"" WINNOW_DIALECT_PAGE "\"\n"
        "winnow_dialect_page_end:\n"
        ".byte 0\n"
        ".popsection\n");
extern "C" {
__attribute__((visibility("hidden"))) extern const char winnow_dialect_page_begin[], winnow_dialect_page_end[];
}

namespace winnow {

/// The page that mlir-tblgen made of the dialect's .td files.
static llvm::StringRef getPage() {
  return llvm::StringRef(winnow_dialect_page_begin,
                         static_cast<size_t>(winnow_dialect_page_end - winnow_dialect_page_begin));
}

/// `text` up to the first of `ends`.
static llvm::StringRef takeUntil(llvm::StringRef text, llvm::ArrayRef<llvm::StringRef> ends) {
  for (llvm::StringRef end : ends)
    text = text.take_front(text.find(end));
  return text;
}

/// What stands under the line `heading`, without the parts that name C++ classes. Empty if there is no such line.
static llvm::StringRef findSection(llvm::StringRef heading) {
  llvm::StringRef page = getPage();
  size_t at = page.find(("\n### " + heading).str());
  if (at == llvm::StringRef::npos)
    return "";
  llvm::StringRef section = page.drop_front(at + 1).split('\n').second;
  return takeUntil(section, {"\nTraits: ", "\nInterfaces: ", "\nEffects: ", "\n#### ", "\n### ", "\n## "}).trim();
}

std::string findDocumentation(llvm::StringRef name) {
  if (!name.consume_front("#"))
    return findSection(("`" + name + "` (").str()).str();
  if (!name.consume_front("cnn."))
    return "";
  // Attributes stand under their C++ class, and their syntax is one of C++ types, which says nothing to who reads IR.
  llvm::StringRef section = findSection(llvm::convertToCamelFromSnakeCase(name, /*capitalizeFirst=*/true) + "Attr\n");
  auto [before, after] = section.split("Syntax:\n\n```\n");
  return (before + after.split("```\n").second.ltrim()).str();
}

} // namespace winnow
