#ifndef SEALSYNC_DETAIL_VIRTUAL_BASE_HPP
#define SEALSYNC_DETAIL_VIRTUAL_BASE_HPP

#include "../config.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The base of an interface that is owned through a pointer: destroyed virtually, never copied.
struct virtual_base {
    virtual_base() = default;
    virtual_base(const virtual_base&) = delete;
    virtual_base& operator=(const virtual_base&) = delete;
    virtual ~virtual_base() = default;
};

}}} // namespace sealsync::detail

#endif
