#include <sealsync/cipher/plaintext_cipher.hpp>
#include <sealsync/testing/cipher_conformance.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using testing::check_cipher;

// Each of these breaks one promise, and the suite has to notice.
struct drops_a_byte : plaintext_cipher {
    result<void> open(const sealing_context&, bytes_view in, bytes& out) const {
        out.assign(in.begin(), in.end() - (in.size() > 1000 ? 1 : 0));
        return {};
    }
};
struct appends : plaintext_cipher {
    result<void> seal(const sealing_context&, bytes_view in, bytes& out) const {
        return append(out, in), result<void>{};
    }
};
struct names_as_they_are : plaintext_cipher {
    std::string keyed_id(id_purpose, std::string_view, bytes_view name) const { return std::string{as_text(name)}; }
};
struct copies_repeat : plaintext_cipher {
    copies_repeat() = default;
    copies_repeat(const copies_repeat& other) : plaintext_cipher{other}, drawn{other.drawn} {}
    result<void> random(std::span<std::byte> out) { return plaintext_cipher{++drawn}.random(out); }
    std::uint64_t drawn = 0;
};
struct wrong_hash : plaintext_cipher {
    digest256 digest(bytes_view in) const {
        auto value = plaintext_cipher::digest(in);
        value.value[31] ^= std::byte{1};
        return value;
    }
};
/// Says that it seals, but stores plaintext.
struct pretends : plaintext_cipher {
    static constexpr bool sealing = true;
    std::optional<vault_id> vault() const { return vault_id{}; }
};

template <class Cipher>
testing::conformance_report report_on() {
    Cipher original;
    Cipher copy = original;
    return check_cipher(original, copy);
}

TEST_CASE("cipher conformance: a broken promise is caught") {
    CHECK_FALSE(report_on<drops_a_byte>().ok());
    CHECK_FALSE(report_on<appends>().ok());
    CHECK_FALSE(report_on<names_as_they_are>().ok());
    CHECK_FALSE(report_on<copies_repeat>().ok());
    CHECK_FALSE(report_on<wrong_hash>().ok());
}

TEST_CASE("cipher conformance: plaintext that calls itself sealed is caught in every respect") {
    const auto report = report_on<pretends>();
    const auto found = [&](std::string_view text) { return report.text().find(text) != std::string::npos; };
    CHECK_FALSE(report.ok());
    CHECK(found("another collection"));
    CHECK(found("bit 0 is refused"));
    CHECK(found("truncation to 0"));
    CHECK(found("extension by 1"));
    CHECK(found("a chunk in another's place"));
    CHECK(found("the plaintext is not in the sealed bytes"));
    CHECK(found("shares no key stream"));
    CHECK(found("an id does not show the name"));
}

} // namespace
