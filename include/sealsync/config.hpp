#ifndef SEALSYNC_CONFIG_HPP
#define SEALSYNC_CONFIG_HPP

#include "version.hpp"

#include <cassert>

/// The inline namespace that every name lives in, so that two incompatible versions in one program
/// are a link error instead of a crash. Every macro that changes code must become part of it.
#ifndef SEALSYNC_ABI
#define SEALSYNC_ABI v0
#endif

/// Checks what only a bug in the program can break. Bad input never reaches it: that is a `failure`.
#ifndef SEALSYNC_ASSERT
#define SEALSYNC_ASSERT(condition) assert(condition)
#endif

#endif
