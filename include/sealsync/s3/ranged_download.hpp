#ifndef SEALSYNC_S3_RANGED_DOWNLOAD_HPP
#define SEALSYNC_S3_RANGED_DOWNLOAD_HPP

#include "object_jobs.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

using download_sink = function_ref<result<void>(bytes_view)>;

/// The rest of one object in ranges, several at once, handed on in order. Every range is of the version that `etag`
/// names.
class range_job : public object_job {
public:
    struct rest {
        std::string etag;
        std::uint64_t offset = 0, size = 0; ///< from where, and of the whole object
        std::uint64_t part_bytes = 0;
        std::size_t held_max = 1; ///< parts under way or waiting for their turn
    };
    range_job(std::string_view in, const object_key& key, rest wanted, download_sink sink)
        : object_job{in},
          key_{key},
          rest_{std::move(wanted)},
          sink_{sink},
          arrived_(static_cast<std::size_t>((rest_.size - rest_.offset + rest_.part_bytes - 1) / rest_.part_bytes)),
          rooms_((std::min)(rest_.held_max, arrived_.size())) {}

    [[nodiscard]] std::size_t count() const noexcept { return arrived_.size(); }
    [[nodiscard]] s3_effect effect(std::size_t) const noexcept { return s3_effect::read; }
    [[nodiscard]] const std::string& name(std::size_t) const { return key_.text(); }
    [[nodiscard]] bool is_answer(int status) const noexcept { return status == 206 || status == 416; }
    [[nodiscard]] bool may_start(std::size_t i) const noexcept { return i < next_ + rest_.held_max; }

    [[nodiscard]] result<s3_request> request(std::size_t i) {
        if (failed_) return *failed_;
        room(i).resize(static_cast<std::size_t>(rest_.part_bytes)); // of the part before, most often
        s3_request wanted{http_method::get, key_of(key_)};
        wanted.headers.push_back(range_header({offset(i), length(i)}));
        wanted.body_max = (std::max)(length(i), std::uint64_t{64} << 10U);
        wanted.room = room(i);
        return wanted;
    }

    void ended(std::size_t i, result<http_response> outcome) {
        if (!outcome) return fail(std::move(outcome).error());
        if (outcome->status == 416 || outcome->header("etag") != rest_.etag) {
            return fail(failure{errc::source_changed, key_.text(), "overwritten while it was downloaded"});
        }
        const content_range wanted{offset(i), length(i), rest_.size};
        if (outcome->in_room == 0) room(i) = std::move(outcome->body);
        const auto size = outcome->in_room == 0 ? room(i).size() : outcome->in_room;
        if (content_range::of(*outcome) != wanted || size != wanted.length) {
            return fail(failure{errc::connection_lost, key_.text(), "another range than was asked for"});
        }
        arrived_[i] = true;
        while (!failed_ && next_ < arrived_.size() && arrived_[next_]) hand_on(next_++);
    }

    [[nodiscard]] result<void> take() const { return failed_ ? result<void>{*failed_} : result<void>{}; }

private:
    [[nodiscard]] std::uint64_t offset(std::size_t i) const noexcept { return rest_.offset + i * rest_.part_bytes; }
    [[nodiscard]] std::uint64_t length(std::size_t i) const noexcept {
        return (std::min)(rest_.part_bytes, rest_.size - offset(i));
    }
    /// As many as may be under way or wait for their turn: one is free again when its part is handed on.
    [[nodiscard]] bytes& room(std::size_t i) noexcept { return rooms_[i % rooms_.size()]; }
    void hand_on(std::size_t i) {
        const auto part = bytes_view{room(i)}.subview(0, static_cast<std::size_t>(length(i)));
        if (auto taken = sink_(part); !taken) fail(std::move(taken).error());
    }
    /// Nothing more is worth asking for: what has not begun ends with this, too.
    void fail(failure why) {
        if (!failed_) failed_ = std::move(why);
        next_ = arrived_.size();
    }

    const object_key& key_;
    rest rest_;
    std::size_t next_ = 0;
    download_sink sink_;
    std::vector<bool> arrived_;
    std::vector<bytes> rooms_;
    std::optional<failure> failed_;
};

/// Hands one object of any size to `sink`, in order, and tells what it is. Requests: one for the first part, which
/// tells the size, and one per further part.
template <class Runner>
[[nodiscard]] result<get_reply> download(Runner& runner, std::string_view prefix, const object_key& key,
                                         const s3_settings& settings, download_sink sink, const call_context& call) {
    const auto part_bytes = (std::max)(settings.part_bytes, std::uint64_t{1});
    get_op first{key};
    first.range = byte_range{0, part_bytes};
    first.size_max = part_bytes;
    result<get_reply> reply{failure{errc::outcome_unknown, key.text()}};
    const auto take = [&](std::size_t, result<get_reply> answer) { reply = std::move(answer); };
    get_job begin{prefix, {&first, 1}, take};
    if (auto done = runner.run(begin, call); !done) return std::move(done).error();
    if (!reply) return reply;
    const auto begun = reply->body.size();
    if (auto taken = sink(reply->body); !taken) return std::move(taken).error();
    reply->body = bytes{}; // before others take its place
    if (begun == reply->size) return reply;

    const auto held = (std::max<std::uint64_t>)(settings.held_bytes_max / part_bytes, 1);
    range_job job{prefix, key, {reply->etag, begun, reply->size, part_bytes, static_cast<std::size_t>(held)}, sink};
    if (auto done = runner.run(job, call); !done) return std::move(done).error();
    if (auto done = job.take(); !done) return std::move(done).error();
    return reply;
}

}}} // namespace sealsync::detail

#endif
