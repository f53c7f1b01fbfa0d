#ifndef SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_GET_HPP
#define SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_GET_HPP

#include "directory_object.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// One batch of gets. With an executor of several threads, some objects are read while the caller takes those before
/// them; never more than two slices are held.
template <class Files>
class directory_get {
public:
    using site = directory_site<Files>;

    directory_get(const site& here, std::span<const get_op> ops, get_sink got) : here_{here}, ops_{ops}, got_{got} {}

    [[nodiscard]] result<void> run(const call_context& call) {
        if (here_.width() > 1 && ops_.size() > 1) return run_in_slices(call);
        walker finder{here_};
        for (std::size_t i = 0; i < ops_.size(); ++i) {
            if (call.stop.stop_requested()) return stopped(ops_[i].key.text());
            got_(i, get_one(finder, ops_[i]));
        }
        return {};
    }

private:
    using handle = typename Files::handle;
    using walker = directory_walker<Files>;

    static constexpr std::size_t part_ops_max = 16; ///< neighbours share the way to their folder
    static constexpr std::size_t slice_parts_max = 8;
    static constexpr std::uint64_t slice_bytes_max = std::uint64_t{8} << 20U; ///< but for one larger object

    struct slice {
        std::size_t first = 0;
        list<result<get_reply>> replies;
        [[nodiscard]] std::size_t end() const noexcept { return first + replies.size(); }
    };

    [[nodiscard]] result<void> run_in_slices(const call_context& call) {
        slice ready, next = slice_from(0);
        while (!next.replies.empty()) {
            if (call.stop.stop_requested()) return stopped(ops_[next.first].key.text());
            const auto part = std::clamp<std::size_t>(next.replies.size() / here_.width(), 1, part_ops_max);
            const auto parts = (next.replies.size() + part - 1) / part;
            here_.run(1 + parts, [&](std::size_t i) {
                if (i == 0) return deliver(ready);
                read(next, (i - 1) * part, part);
            });
            const auto end = next.end();
            ready = std::exchange(next, slice_from(end));
        }
        deliver(ready);
        return {};
    }

    [[nodiscard]] slice slice_from(std::size_t first) const {
        std::uint64_t size = 0;
        auto end = first;
        for (; end < ops_.size() && end - first < part_ops_max * slice_parts_max; ++end) {
            size += expected_bytes(ops_[end]);
            if (end > first && size > slice_bytes_max) break;
        }
        slice made{first, {}};
        made.replies.reserve(end - first);
        while (made.end() < end) made.replies.push_back(get_reply{});
        return made;
    }
    [[nodiscard]] static std::uint64_t expected_bytes(const get_op& op) noexcept {
        if (op.part == get_part::details) return whole_etag_max;
        return op.range ? (std::min)(op.range->length, op.size_max) : op.size_max;
    }

    void read(slice& into, std::size_t from, std::size_t count) const {
        walker finder{here_};
        for (const auto end = (std::min)(from + count, into.replies.size()); from < end; ++from) {
            into.replies[from] = get_one(finder, ops_[into.first + from]);
        }
    }
    void deliver(slice& from) const {
        for (std::size_t i = 0; i < from.replies.size(); ++i) got_(from.first + i, std::move(from.replies[i]));
    }

    [[nodiscard]] result<get_reply> get_one(walker& finder, const get_op& op) const {
        const auto& key = op.key.text();
        if (reserved(key)) return reserved_key(op.key);
        const handle* folder = nullptr;
        const auto error = finder.enter(folder_of(key), walker::if_missing::fail, folder);
        if (is_missing(error)) return failure{errc::not_found, key};
        if (error) return here_.failed(error, key);
        auto object = directory_object<Files>::open(here_, *folder, op.key);
        return object ? (*std::move(object)).reply(here_, op) : std::move(object).error();
    }

    const site& here_;
    std::span<const get_op> ops_;
    get_sink got_;
};

}}} // namespace sealsync::detail

#endif
