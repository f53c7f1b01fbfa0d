#ifndef SEALSYNC_DETAIL_ENTROPY_HPP
#define SEALSYNC_DETAIL_ENTROPY_HPP

#include "../bytes.hpp"
#include "../result.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#if __has_include(<sys/random.h>)
#include <system_error>

#include <sys/random.h>
#else
#include <random>
#endif

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Fills `out` from a device that yields 32 bits a call. Processors are known whose generator answers all ones after
/// a suspend: a device that repeats itself four times is refused rather than trusted with ids that must be unique.
template <class Device>
[[nodiscard]] result<void> fill_random_from(Device& device, std::span<std::byte> out) {
    const auto draw = [&] { return static_cast<std::uint32_t>(device()); };
    const std::array<std::uint32_t, 4> probe{draw(), draw(), draw(), draw()};
    if (std::equal(probe.begin() + 1, probe.end(), probe.begin())) {
        return failure{errc::io_error, "random device", "it repeats one number"};
    }
    for (std::size_t i = 0; i < out.size(); i += sizeof(std::uint32_t)) {
        const auto word = draw();
        std::memcpy(out.data() + i, &word, (std::min)(sizeof word, out.size() - i));
    }
    return {};
}

#if __has_include(<sys/random.h>)
/// The operating system's randomness, by the block. Throws `std::system_error` if there is none.
class random_device {
public:
    [[nodiscard]] std::uint32_t operator()() {
        if (used_ == block_.size()) refill();
        return block_[used_++];
    }

private:
    void refill() {
        if (::getentropy(block_.data(), sizeof block_) != 0) throw std::system_error{errno, std::generic_category()};
        used_ = 0;
    }

    std::array<std::uint32_t, 64> block_{}; // 256 bytes, the most that one call gives
    std::size_t used_ = block_.size();
};
#else
using std::random_device;
#endif

/// The only place of the core that reads the operating system's randomness. `errc::io_error` if there is none.
/// Thread-safe.
[[nodiscard]] inline result<void> fill_random(std::span<std::byte> out) {
    try {
        random_device device;
        return fill_random_from(device, out);
    } catch (const std::exception& e) {
        return failure{errc::io_error, "random device", e.what()};
    }
}

}}} // namespace sealsync::detail

#endif
