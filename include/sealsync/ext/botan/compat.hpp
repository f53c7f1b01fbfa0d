#ifndef SEALSYNC_EXT_BOTAN_COMPAT_HPP
#define SEALSYNC_EXT_BOTAN_COMPAT_HPP

#include "../../bytes.hpp"
#include "../../result.hpp"

#include <botan/aead.h>
#include <botan/build.h>
#include <botan/exceptn.h>
#include <botan/hash.h>
#include <botan/mac.h>
#include <botan/mem_ops.h>
#include <botan/pwdhash.h>
#include <botan/secmem.h>
#include <botan/system_rng.h>
#include <botan/version.h>

// Asked of the headers, so that no algorithm can be found missing while an object is being sealed.
#if !defined(BOTAN_HAS_AES) || !defined(BOTAN_HAS_AEAD_GCM) || !defined(BOTAN_HAS_HMAC) ||                             \
    !defined(BOTAN_HAS_SHA2_32) || !defined(BOTAN_HAS_ARGON2) || !defined(BOTAN_HAS_SYSTEM_RNG)
#error "sealsync needs a Botan built with AES, GCM, HMAC, SHA-256, Argon2 and the system RNG"
#endif

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

#if BOTAN_VERSION_MAJOR >= 3
inline constexpr auto botan_encrypts = Botan::Cipher_Dir::Encryption;
inline constexpr auto botan_decrypts = Botan::Cipher_Dir::Decryption;
#else
inline constexpr auto botan_encrypts = Botan::ENCRYPTION;
inline constexpr auto botan_decrypts = Botan::DECRYPTION;
#endif

// Botan speaks uint8_t.
[[nodiscard]] inline std::uint8_t* octets(std::byte* p) noexcept { return reinterpret_cast<std::uint8_t*>(p); }
[[nodiscard]] inline const std::uint8_t* octets(const std::byte* p) noexcept {
    return reinterpret_cast<const std::uint8_t*>(p);
}

/// Runs `f`, which returns a result; what Botan throws becomes a failure on `describe_object()`.
template <class Describe, class F>
[[nodiscard]] auto without_botan_exceptions(const Describe& describe_object, F&& f) -> decltype(f()) {
    try {
        return f();
    } catch (const Botan::Exception& e) {
        return failure{errc::unsupported, describe_object(), e.what()};
    }
}

}}} // namespace sealsync::detail

#endif
