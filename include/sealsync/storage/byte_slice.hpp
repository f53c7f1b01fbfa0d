#ifndef SEALSYNC_STORAGE_BYTE_SLICE_HPP
#define SEALSYNC_STORAGE_BYTE_SLICE_HPP

#include "operations.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The part of an object of `size` bytes that a get asks for; empty when it begins past the end.
[[nodiscard]] inline byte_range wanted_range(const get_op& op, std::uint64_t size) noexcept {
    if (!op.range) return {0, size};
    const auto offset = (std::min)(op.range->offset, size);
    return {offset, (std::min)(op.range->length, size - offset)};
}

[[nodiscard]] inline failure too_large(const get_op& op, std::uint64_t wanted) {
    return failure{errc::too_large, op.key.text(),
                   std::to_string(wanted) + " bytes, but at most " + std::to_string(op.size_max) + " were asked for"};
}

[[nodiscard]] inline failure stopped(std::string object = {}) { return failure{errc::cancelled, std::move(object)}; }

}}} // namespace sealsync::detail

#endif
