# How every room of Winnow is built and installed: one target a room.

# Settings that all C++ targets of the project share: MLIR's headers, its flags
# (no RTTI, no exceptions) and a strict set of warnings.
add_library(WinnowBuildSettings INTERFACE)
set_target_properties(WinnowBuildSettings PROPERTIES EXPORT_NAME BuildSettings)
target_include_directories(WinnowBuildSettings INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_include_directories(WinnowBuildSettings SYSTEM INTERFACE
  $<BUILD_INTERFACE:${LLVM_INCLUDE_DIRS}> $<BUILD_INTERFACE:${MLIR_INCLUDE_DIRS}>)
separate_arguments(llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_options(WinnowBuildSettings INTERFACE $<BUILD_INTERFACE:${llvm_definitions}>)
target_compile_options(WinnowBuildSettings INTERFACE
  $<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-fno-rtti;-fno-exceptions;-Wall;-Wextra;-Wno-unused-parameter>>)
if(WINNOW_SANITIZE)
  target_compile_options(WinnowBuildSettings INTERFACE
    $<BUILD_INTERFACE:-fsanitize=${WINNOW_SANITIZE};-fno-omit-frame-pointer;-fno-sanitize=vptr>)
  target_link_options(WinnowBuildSettings INTERFACE $<BUILD_INTERFACE:-fsanitize=${WINNOW_SANITIZE}>)
endif()
install(TARGETS WinnowBuildSettings EXPORT WinnowTargets)

# winnow_add_library(NAME sources... [DEPENDS tblgen targets...] [LINK libraries...] [NO_PCH])
# Builds a room as a static library `NAME`, exported as `Winnow::NAME`.
function(winnow_add_library name)
  cmake_parse_arguments(ARG "NO_PCH" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  set_property(GLOBAL APPEND PROPERTY WINNOW_ROOMS ${name})
  winnow_resolve_libraries(libraries ${ARG_LINK})
  target_link_libraries(${name} PUBLIC WinnowBuildSettings ${libraries})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  if(WINNOW_PRECOMPILED_HEADERS AND NOT ARG_NO_PCH)
    if(NOT TARGET WinnowPCH)
      file(WRITE ${PROJECT_BINARY_DIR}/pch/empty.cpp "")
      add_library(WinnowPCH OBJECT ${PROJECT_BINARY_DIR}/pch/empty.cpp)
      target_link_libraries(WinnowPCH PRIVATE WinnowBuildSettings)
      target_precompile_headers(WinnowPCH PRIVATE
        <mlir/Dialect/Arith/IR/Arith.h> <mlir/Dialect/Func/IR/FuncOps.h> <mlir/Dialect/MemRef/IR/MemRef.h>
        <mlir/Dialect/SCF/IR/SCF.h> <mlir/Dialect/Vector/IR/VectorOps.h> <mlir/Dialect/Math/IR/Math.h>
        <mlir/Pass/PassManager.h> <mlir/Transforms/DialectConversion.h>)
    endif()
    target_precompile_headers(${name} REUSE_FROM WinnowPCH)
  endif()
  string(REGEX REPLACE "^Winnow" "" export_name ${name})
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${export_name})
  install(TARGETS ${name} EXPORT WinnowTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endfunction()

# winnow_add_tool(NAME sources... [LINK libraries...])
function(winnow_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  winnow_resolve_libraries(libraries ${ARG_LINK})
  target_link_libraries(${name} PRIVATE WinnowBuildSettings ${libraries})
  install(TARGETS ${name} EXPORT WinnowTargets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# winnow_add_passes(ROOM): generates include/winnow/<ROOM>/Passes.h.inc from Passes.td.
function(winnow_add_passes room)
  set(LLVM_TARGET_DEFINITIONS ${CMAKE_CURRENT_SOURCE_DIR}/Passes.td)
  mlir_tablegen(Passes.h.inc -gen-pass-decls -name Winnow${room})
  add_public_tablegen_target(Winnow${room}PassesIncGen)
endfunction()

# Installs headers and the package files that make find_package(Winnow) work.
function(winnow_install_package)
  include(CMakePackageConfigHelpers)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ ${PROJECT_BINARY_DIR}/include/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.inc")
  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Winnow)
  install(EXPORT WinnowTargets NAMESPACE Winnow:: DESTINATION ${package_dir})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/tools/cmake/WinnowConfig.cmake.in
    ${PROJECT_BINARY_DIR}/WinnowConfig.cmake INSTALL_DESTINATION ${package_dir})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/WinnowConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/WinnowConfig.cmake ${PROJECT_BINARY_DIR}/WinnowConfigVersion.cmake
    DESTINATION ${package_dir})
endfunction()
