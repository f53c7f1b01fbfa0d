#ifndef SEALSYNC_STORAGE_OPERATIONS_HPP
#define SEALSYNC_STORAGE_OPERATIONS_HPP

#include "../bytes.hpp"
#include "../clock/stamp.hpp"
#include "../function_ref.hpp"
#include "object_key.hpp"

#include <chrono>
#include <stop_token>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What every storage call is given: when to give up. A cancelled call fails with `errc::cancelled`.
struct call_context {
    std::stop_token stop{};
    std::chrono::milliseconds timeout{0}; ///< the longest the whole call may take; 0: as the store is configured
};

/// What a storage was asked for, one by one: a repetition, or one request for many, is its own affair.
struct request_counts {
    std::uint64_t get = 0;
    std::uint64_t head = 0; ///< details of an object, without its bytes
    std::uint64_t put = 0;
    std::uint64_t list = 0;
    std::uint64_t remove = 0;
    [[nodiscard]] std::uint64_t total() const noexcept { return get + head + put + list + remove; }
    request_counts& operator+=(const request_counts& more) noexcept {
        get += more.get;
        head += more.head;
        put += more.put;
        list += more.list;
        remove += more.remove;
        return *this;
    }
    [[nodiscard]] friend request_counts operator-(const request_counts& a, const request_counts& b) noexcept {
        return {a.get - b.get, a.head - b.head, a.put - b.put, a.list - b.list, a.remove - b.remove};
    }
    [[nodiscard]] friend bool operator==(const request_counts&, const request_counts&) = default;
};

struct byte_range {
    std::uint64_t offset = 0;
    std::uint64_t length = 0; ///< at least 1; a range that reaches past the end is answered with what is there
};

enum class get_part {
    body,    ///< the bytes, or `range` of them
    details, ///< everything but the bytes (HTTP HEAD)
};

struct get_op {
    object_key key;
    get_part part = get_part::body;
    std::optional<byte_range> range{};
    std::string if_none_match{};                       ///< an etag seen before; empty: unconditional
    std::uint64_t size_max = std::uint64_t{64} << 20U; ///< more bytes than this are `errc::too_large`, and not kept
};

struct get_reply {
    bool not_modified = false; ///< `if_none_match` still names the object: no body
    bytes body{};
    std::string etag{};     ///< opaque; empty if the store has none
    std::uint64_t size = 0; ///< of the whole object; 0 if `not_modified`
    std::optional<wall_time> last_modified{};
    std::optional<wall_time> date{}; ///< the store's own clock
};

enum class write_condition {
    unconditional,
    if_absent, ///< If-None-Match: *
    if_match,  ///< If-Match: etag
};

/// Bytes that can be read more than once and from anywhere, so that a store may retry and upload in parts.
class byte_source {
public:
    virtual ~byte_source() = default;
    [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;
    /// Fills `out` completely from `offset`; `offset + out.size()` is at most `size()`.
    [[nodiscard]] virtual result<void> read(std::uint64_t offset, std::span<std::byte> out) = 0;
};

struct put_op {
    object_key key;
    bytes_view body{};             ///< borrowed until the call returns
    byte_source* source = nullptr; ///< if set, instead of `body`; borrowed until the call returns
    write_condition condition = write_condition::unconditional;
    std::string etag{}; ///< for `if_match`
};

struct put_reply {
    std::string etag{};
    std::optional<wall_time> date{};
};

struct list_query {
    std::string prefix;
    std::string after{};      ///< only keys greater than this, byte by byte; how a listing is continued
    std::size_t limit = 1000; ///< a store may answer with fewer
};

struct list_entry {
    std::string key; ///< not validated: others may write into the same store
    std::uint64_t size = 0;
    std::optional<wall_time> last_modified{};
};

struct list_page {
    std::vector<list_entry> entries; ///< ascending by key, byte by byte
    bool more = false; ///< ask again with `after` the last key; a page may be short without being the last
    std::optional<wall_time> date{};
};

enum class conditional_writes {
    none,        ///< refused
    create_only, ///< `if_absent` holds; `if_match` is refused
    full,        ///< both hold, also under a race
    untrusted,   ///< accepted, but not known to hold: used as if they were not there
};

struct storage_capabilities {
    conditional_writes writes = conditional_writes::none;
    bool eventual = false;       ///< "missing" may mean "not yet arrived" (a folder that another program copies)
    bool unquoted_etags = false; ///< `if_match` holds only without the quotes of the etag (Ceph)
    /// Whether `if_absent` holds.
    [[nodiscard]] bool creates_once() const noexcept {
        return writes == conditional_writes::full || writes == conditional_writes::create_only;
    }
    [[nodiscard]] friend bool operator==(const storage_capabilities&, const storage_capabilities&) = default;
};

/// Called once per operation, on the caller's thread, in order of completion, with the operation's index.
using get_sink = function_ref<void(std::size_t, result<get_reply>)>;
using put_sink = function_ref<void(std::size_t, result<put_reply>)>;
using remove_sink = function_ref<void(std::size_t, result<void>)>;

}} // namespace sealsync

#endif
