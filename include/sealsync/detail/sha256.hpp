#ifndef SEALSYNC_DETAIL_SHA256_HPP
#define SEALSYNC_DETAIL_SHA256_HPP

#include "../bytes.hpp"

#include <algorithm>
#include <bit>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// SHA-256 (FIPS 180-4), for the core alone: it has no library to ask. Everywhere else hashing is the library's,
/// which is several times faster. Not for secrets: nothing is wiped.
class sha256 {
public:
    void update(bytes_view data) noexcept {
        total_ += data.size();
        if (held_ != 0) {
            const auto taken = (std::min)(data.size(), block_.size() - held_);
            hold(data.subview(0, taken));
            data = data.subview(taken);
            if (held_ < block_.size()) return;
            compress(block_.data());
            held_ = 0;
        }
        for (; data.size() >= block_.size(); data = data.subview(block_.size())) compress(data.data());
        hold(data);
    }

    /// The hash of everything so far; the object is then as new.
    [[nodiscard]] digest256 finish() noexcept {
        const auto bits = total_ * 8;
        constexpr std::byte mark{0x80}, zero{0};
        update({&mark, 1});
        while (held_ != length_at) update({&zero, 1});
        for (std::size_t i = 0; i < 8; ++i) block_[length_at + i] = static_cast<std::byte>(bits >> (56 - 8 * i));
        compress(block_.data());

        digest256 digest;
        for (std::size_t i = 0; i < digest.value.size(); ++i) {
            digest.value[i] = static_cast<std::byte>(state_[i / 4] >> (24 - 8 * (i % 4)));
        }
        *this = {};
        return digest;
    }

private:
    static constexpr std::size_t length_at = 56; ///< where the last block holds the length in bits

    // Fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2).
    static constexpr std::array<std::uint32_t, 64> round_constants{
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

    void hold(bytes_view data) noexcept {
        std::copy(data.begin(), data.end(), block_.begin() + static_cast<std::ptrdiff_t>(held_));
        held_ += data.size();
    }

    void compress(const std::byte* block) noexcept {
        std::array<std::uint32_t, 64> w;
        for (std::size_t i = 0; i < 16; ++i) {
            w[i] = 0;
            for (std::size_t j = 0; j < 4; ++j) w[i] = w[i] << 8U | std::to_integer<std::uint32_t>(block[4 * i + j]);
        }
        for (std::size_t i = 16; i < w.size(); ++i) {
            const auto s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3U);
            const auto s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10U);
            w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }
        auto [a, b, c, d, e, f, g, h] = state_;
        for (std::size_t i = 0; i < w.size(); ++i) {
            const auto s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
            const auto t1 = h + s1 + ((e & f) ^ (~e & g)) + round_constants[i] + w[i];
            const auto s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
            const auto t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
        }
        const std::array<std::uint32_t, 8> worked{a, b, c, d, e, f, g, h};
        for (std::size_t i = 0; i < worked.size(); ++i) state_[i] += worked[i];
    }

    // Fractional parts of the square roots of the first 8 primes (FIPS 180-4, 5.3.3).
    std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<std::byte, 64> block_{};
    std::size_t held_ = 0;
    std::uint64_t total_ = 0;
};

[[nodiscard]] inline digest256 sha256_of(bytes_view data) noexcept {
    sha256 hash;
    hash.update(data);
    return hash.finish();
}

}}} // namespace sealsync::detail

#endif
