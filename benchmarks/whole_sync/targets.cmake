# Names of what a sample met, and nothing else that the optimiser would not do.
if(TARGET bench_whole_sync_ours)
    target_compile_options(bench_whole_sync_ours PRIVATE -O2 -g1)
endif()
