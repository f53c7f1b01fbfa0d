#include <sealsync/cipher/plaintext_cipher.hpp>
#include <sealsync/testing/cipher_conformance.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using testing::check_cipher;

struct without_digest : plaintext_cipher {
    digest256 digest(bytes_view) const = delete;
};
struct seals_in_place : plaintext_cipher {
    result<void> seal(const sealing_context&, bytes&) const;
};
struct cannot_be_copied : plaintext_cipher {
    cannot_be_copied() = default;
    cannot_be_copied(const cannot_be_copied&) = delete;
};
struct id_as_bytes : plaintext_cipher {
    bytes keyed_id(id_purpose, std::string_view, bytes_view) const;
};
static_assert(cipher<plaintext_cipher>);
static_assert(!cipher<without_digest>);
static_assert(!cipher<seals_in_place>);
static_assert(!cipher<cannot_be_copied>);
static_assert(!cipher<id_as_bytes>);

TEST_CASE("cipher conformance: plaintext_cipher conforms, with and without a seed") {
    plaintext_cipher original;
    auto same = original;
    const auto report = check_cipher(original, same);
    CHECK_MESSAGE(report.ok(), report.text());
    plaintext_cipher seeded{7};
    auto copy = seeded;
    CHECK(check_cipher(seeded, copy).ok());
}

} // namespace
