#ifndef SEALSYNC_TESTS_S3_PLAIN_S3_CRYPTO_HPP
#define SEALSYNC_TESTS_S3_PLAIN_S3_CRYPTO_HPP

#include <sealsync/detail/sha256.hpp>
#include <sealsync/s3/s3_request.hpp>
#include <sealsync/testing/random.hpp>

namespace s3_tests {

/// The hashes of S3 out of the core's SHA-256, so that tests of s3/ need no third party. `md5` is no MD5: it only
/// differs where the data differs. The randomness is the same in every run.
class plain_s3_crypto {
public:
    [[nodiscard]] sealsync::digest256 sha256(sealsync::bytes_view data) const noexcept {
        return sealsync::detail::sha256_of(data);
    }

    /// RFC 2104.
    [[nodiscard]] sealsync::digest256 hmac_sha256(sealsync::bytes_view key, sealsync::bytes_view data) const noexcept {
        std::array<std::byte, 64> block{};
        const auto hashed = sha256(key);
        const auto used = key.size() > block.size() ? sealsync::bytes_view{hashed.value} : key;
        std::copy(used.begin(), used.end(), block.begin());

        const auto inner = keyed(block, std::byte{0x36}, data);
        return keyed(block, std::byte{0x5c}, inner.value);
    }

    [[nodiscard]] std::array<std::byte, 16> md5(sealsync::bytes_view data) const noexcept {
        const auto whole = sha256(data);
        std::array<std::byte, 16> part{};
        std::copy_n(whole.value.begin(), part.size(), part.begin());
        return part;
    }

    [[nodiscard]] sealsync::result<void> random(std::span<std::byte> out) noexcept {
        random_.fill(out);
        return {};
    }

private:
    [[nodiscard]] static sealsync::digest256 keyed(std::array<std::byte, 64> block, std::byte pad,
                                                   sealsync::bytes_view data) noexcept {
        for (auto& b : block) b ^= pad;
        sealsync::detail::sha256 hash;
        hash.update(block);
        hash.update(data);
        return hash.finish();
    }

    sealsync::testing::random random_{1};
};

static_assert(sealsync::s3_crypto<plain_s3_crypto>);

} // namespace s3_tests

#endif
