# Warnings are errors, in every preset.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings
                    -Wno-missing-field-initializers -Werror -fno-omit-frame-pointer)
if(SPL_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()
if(SPL_SANITIZE_THREADS)
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
endif()
if(SPL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
