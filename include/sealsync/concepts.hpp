#ifndef SEALSYNC_CONCEPTS_HPP
#define SEALSYNC_CONCEPTS_HPP

// The policies of an engine. The compiler checks what it can; the rest is in docs/concepts/ and in the conformance
// suites of testing/.
#include "cipher/cipher.hpp"
#include "clock/clock.hpp"
#include "conflict/conflict_policy.hpp"
#include "replica/replica.hpp"
#include "storage/storage.hpp"

#endif
