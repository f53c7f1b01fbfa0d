#include <sealsync/s3/s3_request.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

/// No more than the concepts grant.
struct authority {
    authority() = default;
    authority(const authority&) = default;
    authority& operator=(const authority&) = delete;
    result<http_request> authorise(const s3_request&) { return http_request{}; }
    bool recover(const s3_error&) { return false; }
    std::string describe() const { return {}; }
};
struct sends_nothing : authority {
    result<void> authorise(const s3_request&) { return {}; }
};
struct never_fails : authority {
    http_request authorise(const s3_request&) { return {}; }
};
struct forgets_to_recover : authority {
    void recover(const s3_error&) {}
};
struct changes_to_describe : authority {
    std::string describe() { return {}; }
};
struct cannot_be_copied : authority {
    cannot_be_copied(const cannot_be_copied&) = delete;
};

struct crypto {
    digest256 sha256(bytes_view) { return {}; }
    digest256 hmac_sha256(bytes_view, bytes_view) { return {}; }
    std::array<std::byte, 16> md5(bytes_view) { return {}; }
    result<void> random(std::span<std::byte>) { return {}; }
};
struct short_hash : crypto {
    std::array<std::byte, 16> sha256(bytes_view) { return {}; }
};
struct randomness_that_never_fails : crypto {
    void random(std::span<std::byte>) {}
};
struct needs_a_key : crypto {
    explicit needs_a_key(int) {}
};

TEST_CASE("s3_authority: a type with exactly what the concept asks for is one, near-misses are none") {
    CHECK(s3_authority<authority>);
    CHECK_FALSE(s3_authority<sends_nothing>);
    CHECK_FALSE(s3_authority<never_fails>);
    CHECK_FALSE(s3_authority<forgets_to_recover>);
    CHECK_FALSE(s3_authority<changes_to_describe>);
    CHECK_FALSE(s3_authority<cannot_be_copied>);
}

TEST_CASE("s3_crypto: a type with exactly what the concept asks for is one, near-misses are none") {
    CHECK(s3_crypto<crypto>);
    CHECK_FALSE(s3_crypto<short_hash>);
    CHECK_FALSE(s3_crypto<randomness_that_never_fails>);
    CHECK_FALSE(s3_crypto<needs_a_key>);
}

TEST_CASE("s3_request: parameters are ordered by name, then by value; one without a value has an empty one") {
    CHECK(s3_parameter{"a"} == s3_parameter{"a", ""});
    CHECK(s3_parameter{"a", "2"} < s3_parameter{"b", "1"});
    CHECK(s3_parameter{"a", "1"} < s3_parameter{"a", "2"});
}

} // namespace
