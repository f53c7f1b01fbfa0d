#ifndef SEALSYNC_DETAIL_CONTENT_HASH_HPP
#define SEALSYNC_DETAIL_CONTENT_HASH_HPP

#include "../bytes.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A fast 128-bit hash that tells contents apart; it proves nothing against somebody who looks for collisions, and
/// need not: a store that wants to lie about an etag can simply lie.
///
/// Every word goes into both lanes. One lane alone would let a difference in one word be cancelled by the next; the
/// lanes shift by different amounts, so that what cancels in one does not in the other.
class content_hash {
public:
    void update(bytes_view data) noexcept {
        length_ += data.size();
        for (; data.size() >= 8; data = data.subview(8)) absorb(word(data.data(), 8));
        if (!data.empty()) absorb(word(data.data(), data.size()));
    }

    [[nodiscard]] std::string hex() const {
        const auto low = finish(low_ ^ length_), high = finish(high_ + low);
        std::array<std::byte, 16> out{};
        std::memcpy(out.data(), &low, 8);
        std::memcpy(out.data() + 8, &high, 8);
        return to_hex(out);
    }

private:
    [[nodiscard]] static std::uint64_t word(const std::byte* from, std::size_t count) noexcept {
        std::uint64_t value = 0;
        std::memcpy(&value, from, count);
        return value;
    }
    void absorb(std::uint64_t value) noexcept {
        low_ = (low_ ^ value) * 0x9fb21c651e98df25ULL;
        low_ ^= low_ >> 32U;
        high_ = (high_ + value) * 0xd6e8feb86659fd93ULL;
        high_ ^= high_ >> 29U;
    }
    [[nodiscard]] static std::uint64_t finish(std::uint64_t value) noexcept {
        value = (value ^ (value >> 31U)) * 0xd6e8feb86659fd93ULL;
        value = (value ^ (value >> 27U)) * 0x9fb21c651e98df25ULL;
        return value ^ (value >> 32U);
    }

    std::uint64_t low_ = 0x2545f4914f6cdd1dULL, high_ = 0x6a09e667f3bcc909ULL, length_ = 0;
};

/// 32 hex digits. Pieces other than multiples of eight bytes would not add up, so the whole content is hashed at once.
[[nodiscard]] inline std::string content_etag(bytes_view whole) {
    content_hash hash;
    hash.update(whole);
    return hash.hex();
}

}}} // namespace sealsync::detail

#endif
