# winnow_install_wheel(FOLDER): what `pip install .` puts into the package beside its Python: the libraries of a folder, and
# the headers that they are called by (which Python reads, and who compiles C against them).
function(winnow_install_wheel folder)
  install(DIRECTORY ${folder}/ DESTINATION lib COMPONENT python FILES_MATCHING PATTERN "*.so*")
  install(DIRECTORY ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../include/winnow-c DESTINATION include COMPONENT python
    FILES_MATCHING PATTERN "*.h")
  install(FILES ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../include/winnow/Runtime/winnow_model.h
    DESTINATION include/winnow/Runtime COMPONENT python)
endfunction()
