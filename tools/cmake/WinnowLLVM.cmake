# Which LLVM and MLIR everything links to: the target WinnowLLVM, which is what `MLIR` and `LLVM` mean in the LINK lists.
#
# By default their shared libraries, so that embedders share one copy with us. With WINNOW_STATIC_LLVM their archives, of
# which the linker takes what is needed: libwinnow and the tools then stand alone (for Python wheels and for machines
# without LLVM). The two may not meet in one process. Objects are the same: changing the option only links again.
option(WINNOW_STATIC_LLVM "Link libwinnow and the tools to LLVM's static archives" OFF)
set(WINNOW_STATIC_TARGETS "X86" CACHE STRING "LLVM's code generators to take in with WINNOW_STATIC_LLVM")

# winnow_make_unused_targets(FILE): C source with functions for the code generators that are left out, empty, and for
# Polly. lld starts every one that LLVM was built with, for link-time optimization, which models do not use.
function(winnow_make_unused_targets file)
  set(text "/* Code generators that this build leaves out. */\n")
  foreach(target ${LLVM_TARGETS_TO_BUILD})
    if(NOT target IN_LIST WINNOW_STATIC_TARGETS)
      foreach(part TargetInfo Target TargetMC AsmPrinter AsmParser Disassembler)
        string(APPEND text "void LLVMInitialize${target}${part}(void) {}\n")
      endforeach()
    endif()
  endforeach()
  string(APPEND text "void winnow_no_polly(void) __asm__(\"_Z18getPollyPluginInfov\");\n"
    "void winnow_no_polly(void) { __builtin_trap(); }\n")
  file(CONFIGURE OUTPUT ${file} CONTENT "${text}" @ONLY)
endfunction()

# winnow_find_llvm_archives(OUT): what stands in for MLIR and LLVM in a library that is to stand alone.
function(winnow_find_llvm_archives out)
  if(NOT TARGET WinnowUnusedTargets)
    winnow_make_unused_targets(${PROJECT_BINARY_DIR}/UnusedTargets.c)
    add_library(WinnowUnusedTargets STATIC EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/UnusedTargets.c)
  endif()
  file(GLOB archives ${LLVM_LIBRARY_DIR}/libMLIR*.a ${LLVM_LIBRARY_DIR}/libLLVM*.a)
  list(FILTER archives EXCLUDE REGEX "libMLIRCAPI|libMLIR.*Test")
  find_library(WINNOW_ZSTD_ARCHIVE libzstd.a REQUIRED)
  set(${out} WinnowUnusedTargets ${archives} ${WINNOW_ZSTD_ARCHIVE} -lz -lpthread ${CMAKE_DL_LIBS} -lm PARENT_SCOPE)
endfunction()

add_library(WinnowLLVM INTERFACE)
set_target_properties(WinnowLLVM PROPERTIES EXPORT_NAME LLVM)
if(WINNOW_STATIC_LLVM)
  winnow_find_llvm_archives(archives)
  target_link_libraries(WinnowLLVM INTERFACE "$<BUILD_INTERFACE:${archives}>" $<INSTALL_INTERFACE:MLIR>
    $<INSTALL_INTERFACE:LLVM>)
  # Any order of archives will do for lld.
  target_link_options(WinnowLLVM INTERFACE "$<BUILD_INTERFACE:-fuse-ld=lld;-Wl,--gc-sections>")
else()
  target_link_libraries(WinnowLLVM INTERFACE MLIR LLVM)
endif()
install(TARGETS WinnowLLVM EXPORT WinnowTargets)

# winnow_resolve_libraries(OUT libraries...): the list with WinnowLLVM in place of MLIR and LLVM.
function(winnow_resolve_libraries out)
  list(TRANSFORM ARGN REPLACE "^(MLIR|LLVM)$" "WinnowLLVM")
  if(WINNOW_STATIC_LLVM) # lld's targets would bring the shared library in again
    list(TRANSFORM ARGN REPLACE "^(lld.*)$" "$<BUILD_INTERFACE:$<TARGET_FILE:\\1>>$<INSTALL_INTERFACE:\\1>")
  endif()
  list(REMOVE_DUPLICATES ARGN)
  set(${out} ${ARGN} PARENT_SCOPE)
endfunction()
